// What the client SDK looks for in a browser. In workerd, where the simulator runs it, there is none of it.
type BrowserEvents = {
  addEventListener(name: string, listener: () => void, options: { signal: AbortSignal }): void
}
declare const window: BrowserEvents | undefined
// Only a var becomes a property of globalThis.
/* oxlint-disable no-var */
declare var document: (BrowserEvents & { visibilityState: string }) | undefined
declare var location: { href: string } | undefined
