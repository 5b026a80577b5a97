/** The page's title, with the number of unread notifications in front while there are any. */
export function titleOf(
  unread: { count: number; more: boolean },
  name: string,
  formatNumber: (value: number) => string,
): string {
  return unread.count === 0 ? name : `(${countText(unread, formatNumber)}) ${name}`
}

/** "12"; "100+" where there are at least as many. */
export function countText(unread: { count: number; more: boolean }, formatNumber: (value: number) => string): string {
  return `${formatNumber(unread.count)}${unread.more ? '+' : ''}`
}
