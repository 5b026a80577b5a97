import { afterEach, expect, it } from 'vitest'
import { createDrafts, type Drafts } from '../../../src/ui/drafts.ts'
import { useMerged } from '../../../src/ui/hooks/use-merged.ts'
import { mount } from '../mount.ts'

type Props = { openId: string | null; drafts: Drafts; redirects: Record<string, string>; opened: string[] }

function Page({ opened, ...merge }: Props) {
  useMerged({ ...merge, open: (id) => void opened.push(id) })
  return null
}

const page = mount()
afterEach(() => page.leave())

it('takes the drafts of every merged conversation along, and opens where the open one went', async () => {
  const drafts = createDrafts()
  const opened: string[] = []
  for (const id of ['a', 'b', 'c']) drafts.patch(id, { text: id })
  await page.show(<Page {...{ drafts, opened, openId: 'a', redirects: {} }} />)
  expect(opened).toEqual([])
  await page.show(<Page {...{ drafts, opened, openId: 'a', redirects: { b: 'd', a: 'b', c: 'e' } }} />)
  expect(opened).toEqual(['d'])
  expect(['a', 'b', 'c', 'd', 'e'].map((id) => drafts.get(id).text)).toEqual(['', '', '', 'b\n\na', 'c'])
})
