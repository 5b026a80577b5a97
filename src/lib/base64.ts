const chunk = 8190

/** Base64 with padding, of any number of bytes. */
export function encodeBase64(bytes: Uint8Array): string {
  let text = ''
  // Chunks of a multiple of three bytes leave no padding in between.
  for (let at = 0; at < bytes.length; at += chunk) text += btoa(String.fromCharCode(...bytes.subarray(at, at + chunk)))
  return text
}

/** Base64url without padding: letters, digits, `-` and `_` only. */
export function encodeBase64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** Bytes of base64, either alphabet, with or without padding; null for anything else. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return null
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
  } catch {
    return null // a length that no bytes have
  }
}
