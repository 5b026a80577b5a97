import { expect, it } from 'vitest'
import { filesOf } from '../../../src/ui/hooks/use-file-drop.ts'

type Item = { kind: string; isFolder?: boolean }

function dropped(files: File[], items: Item[]): Parameters<typeof filesOf>[0] {
  const list = items.map(({ kind, isFolder }) => ({
    kind,
    webkitGetAsEntry: () => ({ isDirectory: isFolder === true }),
  }))
  return { files, items: list } as unknown as DataTransfer
}

it('takes files and leaves folders, whatever else lies between them', () => {
  const files = ['a.pdf', 'folder', 'b.png'].map((name) => new File(['x'], name))
  const items = [{ kind: 'string' }, { kind: 'file' }, { kind: 'file', isFolder: true }, { kind: 'file' }]
  expect(filesOf(dropped(files, items)).map(({ name }) => name)).toEqual(['a.pdf', 'b.png'])
  expect(filesOf(dropped([], [{ kind: 'string' }]))).toEqual([])
})
