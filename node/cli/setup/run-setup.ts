import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidInputError } from '../../../protocols/common/errors.ts'
import { HOME_FILE } from '../../config/config-file.ts'
import { type ConfigSources, type EffectiveConfig, effectiveConfig } from '../../config/load.ts'
import { accountFiles, networkFile } from '../../config/paths.ts'
import type { Config } from '../../config/schema.ts'
import { settingsOf } from '../../config/settings-file.ts'
import { settingsExist, writeNew } from '../../config/write-new.ts'
import type { Io } from '../io.ts'
import { clean } from '../text.ts'
import { cancelled, Dialogue } from './dialogue.ts'
import { Interview, type SetupWorld } from './interview.ts'
import { summary } from './setup-text.ts'

/** Whether a node started like this belongs to no network: none is named, and none was joined before. */
export const lacksNetwork = ({ config }: EffectiveConfig): boolean =>
  config.network === undefined && config.init === undefined && !existsSync(networkFile(config.dataDir))

/** What somebody who is not asked has to give. */
export function networkMissing({ config, file }: EffectiveConfig, env: NodeJS.ProcessEnv): InvalidInputError {
  const { passphraseFile, insecureDevKeys, dataDir } = config
  const { secure, plain } = accountFiles(dataDir)
  const hasPhrase = passphraseFile !== undefined || insecureDevKeys || (env['DCN_PASSPHRASE'] ?? '') !== ''
  const needsPhrase = !hasPhrase && !existsSync(secure) && !existsSync(plain)
  const keys = needsPhrase ? ', and a passphrase for its keys with --passphrase-file FILE or DCN_PASSPHRASE' : ''
  const inFile =
    file === undefined
      ? `write ${join(dataDir, HOME_FILE)} ("dcn config --init" shows what may be in it)`
      : `set network: or init: in ${file}`
  return new InvalidInputError('no network is named', {
    field: 'network',
    remedy: `give --network dcn1… (or a file) to join one, or --init NAME to create one${keys}; or ${inFile}`
  })
}

/**
 * Asks for what a node needs at its first start, and writes it into DATA-DIR/node.yaml. Nothing is written before the last question is
 * answered.
 *
 * @param sources what was given already: it is not asked for
 * @returns the passphrase for the keys, where one was asked for
 * @throws SetupCancelledError
 */
export async function runSetup(io: Io, sources: ConfigSources, world: SetupWorld): Promise<string | undefined> {
  const given = effectiveConfig(sources)
  const dialogue = new Dialogue(io)
  try {
    dialogue.tell(
      `No network is set up in ${clean(given.config.dataDir)}. A few questions: Enter takes what stands in brackets,\n` +
        'Ctrl-C leaves everything as it is.\n'
    )
    const { answers, chosen, network } = await new Interview(dialogue, given, sources, world).ask()
    const passphrase = await newPassphrase(sources.env ?? {}, dialogue, given.config)
    const path = join(given.config.dataDir, HOME_FILE)
    dialogue.tell(`\n${summary(answers, network)}`)
    await approve(dialogue, `Write ${clean(path)} and start? [Y/n]: `)
    await writeNew(path, settingsOf(chosen), settingsExist)
    return passphrase
  } finally {
    dialogue.close()
  }
}

async function approve(dialogue: Dialogue, prompt: string): Promise<void> {
  for (;;) {
    const answer = (await dialogue.ask(prompt)).trim().toLowerCase()
    if (['', 'y', 'yes'].includes(answer)) return
    if (['n', 'no'].includes(answer)) throw cancelled()
    dialogue.tell('  That does not fit: expected yes or no')
  }
}

/** Asks for a passphrase where keys will be made that need one, until it is the same twice. */
async function newPassphrase(env: NodeJS.ProcessEnv, dialogue: Dialogue, config: Config): Promise<string | undefined> {
  const { dataDir, passphraseFile, insecureDevKeys } = config
  const { secure, plain } = accountFiles(dataDir)
  const isKnown = passphraseFile !== undefined || (env['DCN_PASSPHRASE'] ?? '') !== ''
  if (isKnown || insecureDevKeys || existsSync(secure) || existsSync(plain)) return undefined
  for (;;) {
    const first = await dialogue.askHidden('New passphrase for the keys of this node: ')
    if (first === '') {
      dialogue.tell('  The passphrase is empty')
      continue
    }
    if ((await dialogue.askHidden('Again: ')) === first) return first
    dialogue.tell('  The two passphrases differ')
  }
}
