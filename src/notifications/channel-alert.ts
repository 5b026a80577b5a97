/**
 * What people were told of a channel, kept with its health. `upSince`: it works again, and nobody was told yet. Times in
 * epoch ms of our own clock: that of a platform may jump.
 */
export type ChannelAlert = {
  told: 'up' | 'down'
  downAt: number | null
  upAt: number | null
  upSince: number | null
}

export type AlertStep = { alert: ChannelAlert; tell: 'channel_down' | 'channel_up' | null }

export const neverAlerted: ChannelAlert = { told: 'up', downAt: null, upAt: null, upSince: null }

/** A channel that is down again so soon flaps. */
export const alertSettleMs = 15 * 60_000

/**
 * What a channel's present state means for what people were last told. That it is down they hear at once. That it works
 * they hear at once as well, unless it flaps: then only when it has worked for a quarter of an hour. So nobody is left
 * believing that it works while it does not, and in any quarter of an hour there are two alarms at most.
 *
 * To be asked with every report, and by the sweep for channels with `upSince`: no report may ever come again.
 */
export function stepAlert(alert: ChannelAlert, isDown: boolean, now: number): AlertStep {
  if (isDown) {
    if (alert.told === 'down') return { alert: { ...alert, upSince: null }, tell: null }
    return { alert: { ...alert, told: 'down', downAt: now, upSince: null }, tell: 'channel_down' }
  }
  if (alert.told === 'up') return { alert, tell: null }
  const upSince = alert.upSince ?? now
  if (isFlapping(alert) && now - upSince < alertSettleMs) return { alert: { ...alert, upSince }, tell: null }
  return { alert: { ...alert, told: 'up', upAt: now, upSince: null }, tell: 'channel_up' }
}

function isFlapping({ downAt, upAt }: ChannelAlert): boolean {
  return downAt !== null && upAt !== null && downAt - upAt < alertSettleMs
}
