import { afterEach, expect, it } from 'vitest'
import { act } from 'react'
import { Announcer } from '../../../src/ui/components/announcer.tsx'
import { conversation, message } from '../build.ts'
import { fakeInbox } from '../fake-inbox.ts'
import { mount } from '../mount.ts'

const page = mount()
afterEach(() => page.leave())

it('says each message of the open conversation anew, also in the same words, and none of others', async () => {
  const inbox = fakeInbox()
  const [open, other] = [conversation({ client_name: 'Olena' }), conversation({ client_name: 'Taras' })]
  const ring = (one: typeof open) => act(async () => inbox.ring(message(), one))
  const said = () => page.elements().at(-1)
  await page.show(<Announcer inbox={inbox} openId={open.id} />)
  await ring(open)
  const first = said()
  expect(first?.textContent).toBe('New message from Olena')
  await ring(other)
  expect(said()).toBe(first)
  await ring(open)
  expect(said()).not.toBe(first)
  expect(said()?.textContent).toBe('New message from Olena')
})
