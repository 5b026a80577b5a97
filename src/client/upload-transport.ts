/** One file on its way: `body` goes as it is. `onProgress` gets the bytes sent so far. `signal` ends it. */
export type UploadRequest = {
  url: string
  headers: Readonly<Record<string, string>>
  body: Blob
  onProgress(sent: number): void
  signal: AbortSignal
}

/** Sends a file and gives what was answered. Rejects where no answer came. */
export type UploadTransport = (request: UploadRequest) => Promise<{ status: number; text: string }>

/** The transport of this runtime. Only XMLHttpRequest tells how far it is; where there is none (Node), `fetch` does. */
export function createUploadTransport(fetch: typeof globalThis.fetch | undefined): UploadTransport {
  return (request) => {
    const hasProgress = fetch === undefined && typeof XMLHttpRequest !== 'undefined'
    return hasProgress ? sendByXhr(request) : sendByFetch(fetch ?? globalThis.fetch, request)
  }
}

async function sendByFetch(fetch: typeof globalThis.fetch, request: UploadRequest) {
  const { url, headers, body, signal, onProgress } = request
  const response = await fetch(url, { method: 'POST', headers, body, signal })
  onProgress(body.size)
  return { status: response.status, text: await response.text() }
}

function sendByXhr({ url, headers, body, onProgress, signal }: UploadRequest) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const xhr = new XMLHttpRequest()
    const fail = (): void => reject(new Error('The upload broke off'))
    xhr.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    xhr.addEventListener('load', () => resolve({ status: xhr.status, text: xhr.responseText }))
    for (const name of ['error', 'abort', 'timeout'] as const) xhr.addEventListener(name, fail)
    xhr.open('POST', url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    if (signal.aborted) return fail()
    signal.addEventListener('abort', () => xhr.abort(), { once: true })
    xhr.send(body)
  })
}
