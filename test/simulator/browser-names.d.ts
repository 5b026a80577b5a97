// What the client SDK looks for in a browser. In workerd, where the simulator runs it, there is none of it.
type BrowserEvents = {
  addEventListener(name: string, listener: () => void, options: { signal: AbortSignal }): void
}
declare const window: BrowserEvents | undefined
// Only a var becomes a property of globalThis.
/* oxlint-disable no-var */
declare var document: (BrowserEvents & { visibilityState: string }) | undefined
declare var location: { href: string } | undefined
// An upload goes by fetch there.
type Progress = { readonly loaded: number }
declare const XMLHttpRequest: {
  new (): {
    readonly status: number
    readonly responseText: string
    readonly upload: { addEventListener(name: 'progress', listener: (progress: Progress) => void): void }
    addEventListener(name: string, listener: () => void): void
    open(method: string, url: string): void
    setRequestHeader(name: string, value: string): void
    abort(): void
    send(body: Blob): void
  }
}
