import { Agent, request } from 'node:http'

/** Requests one after another over each of some connections that stay open, for a time; how many were answered in a second. */
export async function requestsPerSecond(url: string, headers: Record<string, string>, forMs: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const end = performance.now() + forMs
  let answered = 0
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const req = request(url, { agent, headers }, response => {
        if (response.statusCode !== 200) reject(new Error(`answer ${response.statusCode}`))
        response.resume()
        response.once('end', resolve)
      })
      req.once('error', reject)
      req.end()
    })
  const start = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() < end) {
      await one()
      answered++
    }
  }
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
  } finally {
    agent.destroy()
  }
  return (1000 * answered) / (performance.now() - start)
}

const CONNECTIONS = 16
