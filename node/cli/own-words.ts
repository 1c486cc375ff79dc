import type { Command } from 'commander'

/**
 * As docker does: from the first word after the image on, all belongs to the container, also what looks like a flag of ours. `--` is put
 * there for the parser; flags right after the image stay ours.
 */
export function withOwnWords(args: readonly string[], program: Command): readonly string[] {
  const [group, name] = args
  if (group !== 'docker' || name !== 'run') return args
  const run = program.commands.find(c => c.name() === group)?.commands.find(c => c.name() === name)
  let hasImage = false
  for (let i = 2; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--') return args
    if (arg.startsWith('-')) {
      // of `--name value`, the value is no word of its own
      if (run?.options.some(option => option.required && (option.long === arg || option.short === arg))) i++
    } else if (hasImage) return [...args.slice(0, i), '--', ...args.slice(i)]
    else hasImage = true
  }
  return args
}
