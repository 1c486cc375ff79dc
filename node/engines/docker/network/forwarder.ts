// A process of its own inside a container's network namespace: what arrives on its loopback goes to the proxy's unix socket.
// It knows nothing of HTTP, looks at no byte, and has no rights left once it listens.
import { connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { basename, dirname } from 'node:path'

const [socketPath = '', port = '', uid = '', gid = ''] = process.argv.slice(2)

/** Namespaces are entered by process id, and an id can be somebody else's by now: this one must have no way out. */
const ways = Object.keys(networkInterfaces()).filter(name => name !== 'lo')
if (ways.length > 0) {
  process.stdout.write(`the namespace has interfaces: ${ways.join(', ')}\n`)
  process.exit(1)
}

// from inside its directory, which nobody may pass through: the directories above are not everybody's
process.chdir(dirname(socketPath))
const socketName = basename(socketPath)

/** The proxy lets 64 through. What is open here is not in the job's own limits of memory and descriptors. */
const MAX_CONNECTIONS = 256

// a side that has said all it has to say still listens: without half-open ends its answer would be cut
const server = createServer({ allowHalfOpen: true }, client => {
  const proxy = connect({ path: socketName, allowHalfOpen: true })
  pass(client, proxy)
  pass(proxy, client)
})
server.maxConnections = MAX_CONNECTIONS
server.listen(Number(port), '127.0.0.1', () => {
  process.setgroups?.([])
  process.setgid?.(Number(gid))
  process.setuid?.(Number(uid))
  process.stdout.write('ready\n')
})
server.once('error', error => {
  process.stdout.write(`${error.message}\n`)
  process.exit(1)
})
// ends with the node: what was started anew would find the port taken otherwise
process.stdin.resume().once('end', () => process.exit(0))

function pass(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.destroy())
  from.once('close', () => to.destroySoon())
}
