import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Answer, Question } from './messages.ts'

export type LoadClient = {
  ask: <Kind extends Question['ask']>(
    question: Extract<Question, { ask: Kind }>,
  ) => Promise<Extract<Answer, { of: Kind }>>
  end: () => void
}

/** Starts a load generator. It answers one question at a time. */
export function startLoadClient(): LoadClient {
  const child = fork(join(import.meta.dirname, 'generator.ts'), { stdio: 'inherit' })
  return {
    ask: async (question) => {
      const answered = nextAnswer(child)
      child.send(question)
      const answer = await answered
      if (answer.of !== question.ask) {
        throw new Error(answer.of === 'failure' ? answer.message : `Asked ${question.ask}, answered ${answer.of}`)
      }
      return answer as never
    },
    end: () => child.disconnect(),
  }
}

function nextAnswer(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('The load generator ended by itself'))
    child.once('exit', onExit)
    child.once('message', (answer) => {
      child.off('exit', onExit)
      resolve(answer as Answer)
    })
  })
}
