import type { PlantedFault } from './planted-faults.ts'

const hub = 'src/hub/tenant-hub.ts'
const teller = 'src/hub/notification-frames.ts'
const pages = 'src/http/events.routes.ts'
const state = 'src/store/notifications.ts'

/** Faults in who is told of what: live, in replays, in what fills a gap, in the list, in what was read. */
export const intoNotifications: readonly PlantedFault[] = [
  {
    name: 'teller-ignores-the-audience',
    breaks: 'what is for one user is nothing to another',
    patches: [
      {
        file: teller,
        find: 'const view = viewOf(one, {',
        replace: 'const view = viewOf({ ...one, addressees: null }, {',
      },
    ],
  },
  {
    name: 'shared-text-forgets-the-relation',
    breaks: 'each user is told what the conversation is to them',
    patches: [{ file: teller, find: '${kind} ${relation} ${frame.show}', replace: '${kind} ${frame.show}' }],
  },
  {
    name: 'settings-lost-in-sleep',
    breaks: 'a hub that wakes knows what each user wants to hear',
    patches: [{ file: hub, find: 'await readSettings(this.#bells, this.#tenantId)\n', replace: '\n' }],
  },
  {
    name: 'settings-not-told-to-the-hub',
    breaks: 'settings that were put are in force',
    patches: [
      {
        file: 'src/http/notifications.routes.ts',
        find: 'await tellSettingsChanged(c.env, tenantId, userId)',
        replace: '',
      },
    ],
  },
  {
    name: 'replay-of-another-user',
    breaks: 'a replay is that of its own user',
    patches: [
      {
        file: hub,
        find: 'tellerFor(this.#bells, this.#epoch)(events, Date.now())(userId, isV1)',
        replace:
          'tellerFor(this.#bells, this.#epoch)(events, Date.now())([...onlineUsers(this.#sockets)][0] ?? userId, isV1)',
      },
    ],
  },
  {
    name: 'gaps-filled-with-nothing',
    breaks: 'what fills a gap is what the socket would have sent',
    patches: [
      {
        file: pages,
        find: 'messagesIn(events) : await notificationsIn(c, events)',
        replace: 'messagesIn(events) : []',
      },
    ],
  },
  {
    name: 'gaps-filled-with-what-is-for-others',
    breaks: 'what fills a gap is for its user',
    patches: [
      {
        file: pages,
        find: 'viewOf(facts, viewer, situation)',
        replace: 'viewOf({ ...facts, addressees: null }, viewer, situation)',
      },
    ],
  },
  {
    name: 'notices-among-messages',
    breaks: 'lines that are only notifications have a feed of their own',
    patches: [{ file: 'src/hub/frames.ts', find: "if (event.type === 'notification') return false", replace: '' }],
  },
  {
    name: 'notice-without-its-key',
    breaks: 'G2: one notification however often it is posted',
    patches: [
      {
        file: 'src/notifications/notice.ts',
        find: "${key === undefined ? id : derivedId('system', key)}",
        replace: "${key === undefined ? derivedId('system', id) : id}",
      },
    ],
  },
  {
    name: 'note-each-time',
    breaks: 'G2: one note however often it is handed in',
    patches: [
      {
        file: 'src/http/notes.routes.ts',
        find: 'clientNoteId: body.client_note_id,',
        replace: 'clientNoteId: `${body.client_note_id} ${crypto.randomUUID()}`,',
      },
    ],
  },
  {
    name: 'list-without-mentions',
    breaks: 'the list has what was told',
    patches: [{ file: state, find: 'm.user_id = ?2 and m.seq >= ?5', replace: 'm.user_id = ?2 and m.seq > ?6' }],
  },
  {
    name: 'loser-missing-from-the-list',
    breaks: 'the list has what was told',
    patches: [{ file: 'src/ingest/audience.ts', find: 'users: present([body.cause.from])', replace: 'users: []' }],
  },
  {
    name: 'read-mark-goes-back',
    breaks: 'marks never move back',
    patches: [{ file: state, find: 'max(read_seq, excluded.read_seq)', replace: 'excluded.read_seq' }],
  },
  {
    name: 'marks-shown-to-others',
    breaks: 'what a user has read is shown to nobody else',
    patches: [
      {
        file: 'src/hub/bells.ts',
        find: 'for (const socket of bellsOf(sockets, userId)) sendFrames',
        replace: 'for (const socket of notifiedUsers(sockets).flatMap((user) => bellsOf(sockets, user))) sendFrames',
      },
    ],
  },
]
