import { describe, expect, it } from 'vitest'
import { fileProblem, textRoom } from '../../../src/ui/rules/reply-limits.ts'
import { replyRules } from '../build.ts'

describe('textRoom', () => {
  it('tells of the limit only when it is near', () => {
    expect(textRoom('x'.repeat(3000), replyRules())).toEqual({ left: 1096, isNear: false, isOver: false })
    expect(textRoom('x'.repeat(3700), replyRules())).toMatchObject({ isNear: true, isOver: false })
    expect(textRoom('x'.repeat(4096), replyRules())).toMatchObject({ left: 0, isOver: false })
    expect(textRoom('x'.repeat(4097), replyRules())).toMatchObject({ left: -1, isOver: true })
  })
  it('counts bytes where the channel does, and not the white space that is not sent', () => {
    const rules = replyRules({ text: 1000, unit: 'bytes' })
    expect(textRoom('ї'.repeat(500) + '\n ', rules).left).toBe(0)
    expect(textRoom('ї'.repeat(501), rules).isOver).toBe(true)
  })
})

describe('fileProblem', () => {
  const problem = (type: string, size: number) => fileProblem({ type, size }, replyRules())
  it('is none for what fits', () => {
    expect(problem('image/png', 5_000_000)).toBeNull()
    expect(problem('', 1)).toBeNull()
    expect(problem('video/mp4', 1)).toBeNull() // as a document
  })
  it('says what speaks against a file', () => {
    expect(problem('image/png', 5_000_001)).toEqual({ kind: 'size', max: 5_000_000 })
    expect(fileProblem({ type: 'video/mp4', size: 1 }, { files: { image: 5 } })).toEqual({ kind: 'type' })
    expect(problem('application/pdf', 0)).toEqual({ kind: 'empty' })
  })
})
