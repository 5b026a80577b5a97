import type { Environment } from './environment.ts'
import type { InboxState } from './inbox-state.ts'
import type { Ephemeral } from './socket.ts'
import type { Store } from './store.ts'

/** A typing sign that is not repeated goes out after this time. */
export const typingExpiryMs = 6_000
/** Somebody who reloads the page is not gone: leaving shows only after this time. */
export const leaveGraceMs = 15_000

/** What colleagues do right now: who is here and who is typing. Nothing of it is kept. */
export type Colleagues = { apply(ephemeral: Ephemeral): void; stop(): void }

type Options = { environment: Pick<Environment, 'now' | 'setTimer'>; store: Store<InboxState> }

export function createColleagues(options: Options): Colleagues {
  const typing = createTyping(options)
  const presence = createPresence(options)
  return {
    apply(ephemeral) {
      switch (ephemeral.type) {
        case 'typing':
          return typing.seen(ephemeral.conversation_id, ephemeral.user_id, ephemeral.name)
        case 'presence':
          return ephemeral.online ? presence.joined(ephemeral.user_id) : presence.left(ephemeral.user_id)
        case 'online':
          return presence.replaced(ephemeral.user_ids)
        case 'notifications_read':
        case 'notification_settings':
          return
      }
    },
    stop() {
      typing.stop()
      presence.stop()
    },
  }
}

type Typing = { seen(conversationId: string, userId: string, name: string): void; stop(): void }

function createTyping({ environment, store }: Options): Typing {
  let cancel: () => void = () => undefined
  const expire = (): void => {
    cancel()
    const now = environment.now()
    const typing = store.get().typing.filter(({ until }) => until > now)
    if (typing.length < store.get().typing.length) store.set({ typing })
    const next = Math.min(...typing.map(({ until }) => until))
    if (typing.length > 0) cancel = environment.setTimer(expire, next - now)
  }
  return {
    seen(conversationId, userId, name) {
      if (store.get().me?.user_id === userId) return // this user, in another tab
      const others = store.get().typing.filter((one) => one.conversationId !== conversationId || one.userId !== userId)
      store.set({ typing: [...others, { conversationId, userId, name, until: environment.now() + typingExpiryMs }] })
      expire()
    },
    stop() {
      cancel()
      store.set({ typing: [] })
    },
  }
}

type Presence = {
  joined(userId: string): void
  left(userId: string): void
  replaced(userIds: readonly string[]): void
  stop(): void
}

function createPresence({ environment, store }: Options): Presence {
  const leaving = new Map<string, () => void>()
  const stay = (userId: string): void => {
    leaving.get(userId)?.()
    leaving.delete(userId)
  }
  const remove = (userId: string): void => {
    leaving.delete(userId)
    store.set({ online: store.get().online.filter((id) => id !== userId) })
  }
  const joined = (userId: string): void => {
    stay(userId)
    if (!store.get().online.includes(userId)) store.set({ online: [...store.get().online, userId] })
  }
  const left = (userId: string): void => {
    if (leaving.has(userId) || !store.get().online.includes(userId)) return
    const cancel = environment.setTimer(() => remove(userId), leaveGraceMs)
    leaving.set(userId, cancel)
  }
  return {
    joined,
    left,
    replaced(userIds) {
      for (const userId of userIds) joined(userId)
      for (const userId of store.get().online) if (!userIds.includes(userId)) left(userId)
    },
    stop() {
      for (const cancel of leaving.values()) cancel()
      leaving.clear()
      store.set({ online: [] })
    },
  }
}
