import { type ReactNode, act } from 'react'
import { type Container, createRoot } from 'react-dom/client'
import { vi } from 'vitest'

/** A page with its effects running: what it shows, element by element. */
export type Mounted = {
  show(node: ReactNode): Promise<void>
  elements(): readonly FakeElement[]
  leave(): Promise<void>
}

/**
 * Lets React run a component in Node. The document is the least that React writes into: for effects and for which
 * elements are new, while markup is tested by `render`.
 */
export function mount(): Mounted {
  vi.stubGlobal('window', { HTMLIFrameElement: class {} })
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  const container = new FakeElement('div')
  const root = createRoot(container as unknown as Container)
  return {
    show: (node) => act(async () => root.render(node)),
    elements: () => container.descendants(),
    async leave() {
      await act(async () => root.unmount())
      vi.unstubAllGlobals()
    },
  }
}

const document = {
  nodeType: 9,
  activeElement: null,
  addEventListener: () => undefined,
  createElement: (tag: string) => new FakeElement(tag),
}

class FakeElement {
  readonly nodeType = 1
  readonly namespaceURI = 'http://www.w3.org/1999/xhtml'
  readonly ownerDocument = document
  readonly nodeName: string
  readonly tagName: string
  textContent = ''
  readonly #children: FakeElement[] = []

  constructor(tag: string) {
    this.nodeName = tag.toUpperCase()
    this.tagName = this.nodeName
  }

  descendants(): readonly FakeElement[] {
    return this.#children.flatMap((child) => [child, ...child.descendants()])
  }

  appendChild(child: FakeElement): void {
    this.#children.push(child)
  }

  insertBefore(child: FakeElement, before: FakeElement): void {
    this.#children.splice(this.#children.indexOf(before), 0, child)
  }

  removeChild(child: FakeElement): void {
    this.#children.splice(this.#children.indexOf(child), 1)
  }

  addEventListener(): void {}
  setAttribute(): void {}
  removeAttribute(): void {}
}
