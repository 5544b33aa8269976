import { startWorkers, train } from './training.ts'

const alone = await train(1)
await startWorkers(2)
console.log(JSON.stringify({ alone, two: await train(2) }))
