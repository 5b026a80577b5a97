import { z } from 'zod'
import { decodeBase64 } from '../lib/base64.ts'
import { derivedId } from '../lib/derived-id.ts'
import { type EncryptionKeys, seal, unseal } from '../lib/seal.ts'

/** Where a browser is pushed, and the keys that only it can open. Kept sealed: either one is good for abuse. */
const PushTarget = z.object({ endpoint: z.string(), keys: z.object({ p256dh: z.string(), auth: z.string() }) })
export type PushTarget = z.infer<typeof PushTarget>

type Owner = { tenantId: string; id: string }

const contextOf = ({ tenantId, id }: Owner) => ({ tenantId, kind: 'push_subscription', rowId: id })

/** The same browser is the same row, whoever uses it and however often it subscribes. */
export function subscriptionId(tenantId: string, endpoint: string): string {
  return derivedId('push-subscription', tenantId, endpoint)
}

export function sealTarget(keys: EncryptionKeys, target: PushTarget, owner: Owner): Promise<string> {
  return seal(keys, JSON.stringify(target), contextOf(owner))
}

/** @throws Error when no known key opens it. */
export async function openTarget(keys: EncryptionKeys, sealed: string, owner: Owner): Promise<PushTarget> {
  return PushTarget.parse(JSON.parse(await unseal(keys, sealed, contextOf(owner))))
}

/** Whether it is a point of the curve: with any other one every push would fail, one by one. */
export async function isPushKey(p256dh: string): Promise<boolean> {
  const bytes = decodeBase64(p256dh)
  if (bytes === null) return false
  try {
    await crypto.subtle.importKey('raw', bytes, { name: 'ECDH', namedCurve: 'P-256' }, false, [])
    return true
  } catch {
    return false
  }
}
