// The baseline of `api`: the same bytes from a server that does nothing else. Its URL goes to standard output.
import { readFileSync } from 'node:fs'
import { fastify } from 'fastify'

const body = readFileSync(0, 'utf8')
const app = fastify()
app.get('/api/v1/jobs/:id', (_request, reply) => reply.type('application/json; charset=utf-8').send(body))
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
