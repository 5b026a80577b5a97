const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
/** Hours behind or ahead of UTC of the zones that RFC 5322 §4.3 still names. */
const zones: ReadonlyMap<string, number> = new Map([
  ...Object.entries({ ut: 0, gmt: 0, utc: 0, z: 0, edt: -4, est: -5, cdt: -5, cst: -6, mdt: -6, mst: -7, pdt: -7 }),
  ['pst', -8],
])

const earliest = Date.UTC(1990, 0, 1)
const latest = Date.UTC(2100, 0, 1)
const mailDate =
  /(?:^|\D)(\d{1,2})[\s-]+([a-z]{3})[a-z]*\.?[\s-]+(\d{4}|\d{2})[\s,]+(\d{1,2})\s*:\s*(\d{2})(?:\s*:\s*(\d{2}))?(?:\.\d+)?\s*([+-]\d{4}|[a-z]{1,5})?/i
const isoDate = /^\s*(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?/i
/** `ctime` order: `Wed Feb 23 16:16:17 2005`. */
const ctimeDate =
  /([a-z]{3})[a-z]*\.?\s+(\d{1,2})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:([a-z]{1,5})\s+)?(\d{4})\s*([+-]\d{4})?/i

/** Epoch ms of a Date header in any of the notations met in mail; 0 when it names no time to be believed. */
export function sentAtOf(header: string): number {
  const text = header.replaceAll(/\([^()]*\)/g, ' ').slice(0, 200)
  const at = readMailDate(text) ?? readIsoDate(text) ?? readCtimeDate(text) ?? 0
  return at >= earliest && at < latest ? at : 0
}

/** A mail cannot have been sent after it came: its clock was wrong, and the time of receipt is nearer to the truth. */
export function clampSentAt(sentAt: number, receivedAt: number): number {
  return sentAt > 0 && sentAt <= receivedAt ? sentAt : receivedAt
}

type Time = { year: number; month: number; day: number; hour: string; minute: string; second: string | undefined }

function readMailDate(text: string): number | undefined {
  const [, day, month = '', year = '', hour = '', minute = '', second, zone] = mailDate.exec(text) ?? []
  return msOf({ year: fullYear(year), month: monthOf(month), day: Number(day), hour, minute, second }, zone)
}

function readIsoDate(text: string): number | undefined {
  const [, year, month, day, hour = '', minute = '', second, zone] = isoDate.exec(text) ?? []
  return msOf({ year: Number(year), month: Number(month) - 1, day: Number(day), hour, minute, second }, zone)
}

function readCtimeDate(text: string): number | undefined {
  const [, month = '', day, hour = '', minute = '', second, name, year = '', offset] = ctimeDate.exec(text) ?? []
  return msOf({ year: fullYear(year), month: monthOf(month), day: Number(day), hour, minute, second }, offset ?? name)
}

function monthOf(name: string): number {
  return months.indexOf(name.toLowerCase())
}

/** RFC 5322 §4.3: two digits below 50 are of this century. */
function fullYear(year: string): number {
  const number = Number(year)
  if (year.length !== 2) return number
  return number < 50 ? number + 2000 : number + 1900
}

function msOf(time: Time, zone: string | undefined): number | undefined {
  const [hour, minute, second] = [time.hour, time.minute, time.second ?? '0'].map(Number)
  if (hour === undefined || minute === undefined || second === undefined) return undefined
  const isTime = hour < 24 && minute < 60 && second <= 60 && time.hour !== ''
  if (!isTime || !(time.month >= 0 && time.month < 12) || !(time.day >= 1 && time.day <= 31)) return undefined
  const offsetMs = zoneMs(zone ?? '')
  return Date.UTC(time.year, time.month, time.day, hour, minute, second) - offsetMs
}

/** No zone on earth is more than 14 hours away; a wrong one costs hours, not the date. */
function zoneMs(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? []
  const ms = sign === undefined ? (zones.get(zone.toLowerCase()) ?? 0) * 60 : Number(hours) * 60 + Number(minutes)
  if (Math.abs(ms) > 14 * 60) return 0
  return (sign === '-' ? -ms : ms) * 60_000
}
