import { useEffect, useRef, useState } from 'react'

/** The files among what was dropped or pasted; folders are none. */
export function filesOf(data: Pick<DataTransfer, 'files' | 'items'>): File[] {
  const folders = new Set<number>()
  let at = 0
  for (const item of Array.from(data.items)) {
    if (item.kind !== 'file') continue
    if (item.webkitGetAsEntry()?.isDirectory === true) folders.add(at)
    at += 1
  }
  return Array.from(data.files).filter((_, index) => !folders.has(index))
}

function hasFiles(event: DragEvent): event is DragEvent & { dataTransfer: DataTransfer } {
  return event.dataTransfer?.types.includes('Files') === true
}

/**
 * Takes files that are dropped anywhere on the page; says whether some are being held over it. Without `onFiles` they
 * are nobody's.
 */
export function useFileDrop(onFiles: ((files: File[]) => void) | null): boolean {
  const [isOver, setIsOver] = useState(false)
  const latest = useRef(onFiles)
  useEffect(() => {
    latest.current = onFiles
  })
  useEffect(() => {
    const { on, stop } = listenToDrags()
    on('dragover', (event) => {
      if (!hasFiles(event) || latest.current === null) return setIsOver(false)
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      setIsOver(true)
    })
    // Leaving one element for another is no leaving; only the page's edge has nothing beyond it.
    on('dragleave', (event) => {
      if (event.relatedTarget === null) setIsOver(false)
    })
    on('dragend', () => setIsOver(false))
    on('drop', (event) => {
      setIsOver(false)
      if (!hasFiles(event) || latest.current === null) return
      event.preventDefault()
      latest.current(filesOf(event.dataTransfer))
    })
    return stop
  }, [])
  return isOver
}

/** Refuses files that nobody on the page takes: a browser would leave the page to open them. */
export function useDropRefusal(): void {
  useEffect(() => {
    const { on, stop } = listenToDrags()
    for (const name of ['dragover', 'drop'] as const) {
      on(name, (event) => {
        if (!hasFiles(event) || event.defaultPrevented) return
        event.preventDefault()
        event.dataTransfer.dropEffect = 'none'
      })
    }
    return stop
  }, [])
}

function listenToDrags() {
  const controller = new AbortController()
  const on = (name: 'dragover' | 'dragleave' | 'drop' | 'dragend', listener: (event: DragEvent) => void) =>
    document.addEventListener(name, listener, { signal: controller.signal })
  return { on, stop: () => controller.abort() }
}
