import { checkClient } from './check-clients.ts'
import { checkJournal } from './check-journal.ts'
import { checkMails } from './check-mails.ts'
import { checkNotifications } from './check-notifications.ts'
import { checkReplies } from './check-replies.ts'
import { checkTables } from './check-tables.ts'
import type { ClientRecord, HistoryRecord, TenantRecord } from './record.ts'

/** Judges a history by its record alone; what is wrong, in words. Nothing found means that every guarantee held. */
export function checkHistory(history: HistoryRecord): string[] {
  const { updates, clients, tenants, stuck, unacknowledged, reusedTickets } = history
  return [
    ...stuck,
    ...(unacknowledged.length > 0 ? [`never got a 200: ${unacknowledged.join()}`] : []),
    ...(reusedTickets > 0 ? [`${reusedTickets} tickets opened a second socket`] : []),
    ...tenants.flatMap((tenant) => {
      const findings = [
        ...checkTables(tenant, updates),
        ...checkReplies(tenant),
        ...checkMails(tenant),
        ...checkNotifications(tenant),
        ...checkJournal(tenant),
        ...checkSockets(tenant, clients),
      ]
      return findings.map((finding) => `tenant ${tenant.index}: ${finding}`)
    }),
    ...clients.flatMap((client) => {
      const tenant = tenants.find(({ index }) => index === client.tenant)
      return tenant === undefined ? [`${client.name} belongs to nobody`] : checkClient(client, tenant)
    }),
  ]
}

function checkSockets({ index, socketsOpen, socketsLeft }: TenantRecord, clients: readonly ClientRecord[]): string[] {
  const expected = clients.filter(({ tenant }) => tenant === index).length
  return [
    ...(socketsOpen === expected ? [] : [`the hub has ${socketsOpen} sockets of ${expected} pages`]),
    ...(socketsLeft === 0 ? [] : [`the hub keeps ${socketsLeft} sockets of closed pages`]),
  ]
}
