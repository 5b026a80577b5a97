// Meta sends digits; letters are let through for other tools, but nothing that a browser could take for markup.
const challengeForm = /^[A-Za-z0-9_-]{1,128}$/

/**
 * Answers the unsigned GET by which Meta checks that a webhook address is ours: the challenge to send back as
 * `text/plain`, or null to refuse (403). Each parameter must occur exactly once.
 * Throws when no verify token is configured.
 */
export async function answerHandshake(query: URLSearchParams, verifyToken: string): Promise<string | null> {
  if (verifyToken.length === 0) throw new Error('no verify token configured')
  const token = onlyValue(query, 'hub.verify_token')
  const challenge = onlyValue(query, 'hub.challenge')
  if (token === null || challenge === null || onlyValue(query, 'hub.mode') !== 'subscribe') return null
  if (!challengeForm.test(challenge)) return null
  return (await isSameSecret(token, verifyToken)) ? challenge : null
}

function onlyValue(query: URLSearchParams, name: string): string | null {
  const [value, ...more] = query.getAll(name)
  return value === undefined || more.length > 0 ? null : value
}

// Digests have one length and are unpredictable, so the time of comparing them tells nothing about the secret.
async function isSameSecret(given: string, expected: string): Promise<boolean> {
  const [a, b] = await Promise.all([digest(given), digest(expected)])
  return a.reduce((difference, byte, i) => difference | (byte ^ (b[i] ?? 0)), 0) === 0
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
