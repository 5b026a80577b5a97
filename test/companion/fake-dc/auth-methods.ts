import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { Long, type tl } from '@mtcute/node'
import { sha256 } from './cipher.ts'
import { dhPrime, modPow, toBigInt, toBytes } from './handshake.ts'
import { failure, type Call, type Methods } from './method.ts'
import { seconds, type FakeAccount } from './world.ts'

// https://core.telegram.org/api/srp, from the server's side.
const prime = dhPrime
const generator = 3n
const primeBytes = toBytes(prime, 256)
const generatorBytes = toBytes(generator, 256)
const salt1 = Buffer.from('fake-data-centre-salt-one')
const salt2 = Buffer.from('fake-data-centre-salt-two')
const multiplier = toBigInt(sha256(primeBytes, generatorBytes))

const salted = (data: Uint8Array, salt: Uint8Array) => sha256(salt, data, salt)
function verifierOf(password: string): bigint {
  const first = salted(salted(Buffer.from(password), salt1), salt2)
  const x = toBigInt(salted(pbkdf2Sync(first, salt1, 100_000, 64, 'sha512'), salt2))
  return modPow(generator, x, prime)
}

const algorithm: tl.TypePasswordKdfAlgo = {
  _: 'passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow',
  salt1,
  salt2,
  g: Number(generator),
  p: primeBytes,
}

function passwordForm(call: Call): tl.account.TypePassword {
  const account = call.login.passwordFor ?? call.login.account
  const shared = {
    _: 'account.password',
    newAlgo: algorithm,
    newSecureAlgo: { _: 'securePasswordKdfAlgoUnknown' },
    secureRandom: randomBytes(16),
  } as const
  if (!account || account.password === null) return shared
  const b = toBigInt(randomBytes(256))
  const verifier = verifierOf(account.password)
  const gB = toBytes((multiplier * verifier + modPow(generator, b, prime)) % prime, 256)
  const srpId = Long.fromBytesLE([...randomBytes(8)])
  call.login.srp = { id: srpId.toString(), b, gB, verifier }
  return { ...shared, hasPassword: true, currentAlgo: algorithm, srpB: gB, srpId, hint: 'the usual one' }
}

function checkPassword(call: Call, given: tl.TypeInputCheckPasswordSRP): FakeAccount {
  const { srp, passwordFor } = call.login
  if (given._ !== 'inputCheckPasswordSRP' || !srp || !passwordFor || given.srpId.toString() !== srp.id) {
    throw failure(400, 'SRP_ID_INVALID')
  }
  const a = Buffer.from(given.A)
  const u = toBigInt(sha256(a, srp.gB))
  const shared = modPow(toBigInt(a) * modPow(srp.verifier, u, prime), srp.b, prime)
  const mixed = sha256(primeBytes).map((byte, at) => byte ^ (sha256(generatorBytes)[at] ?? 0))
  const proof = sha256(mixed, sha256(salt1), sha256(salt2), a, srp.gB, sha256(toBytes(shared, 256)))
  if (!proof.equals(given.M1)) throw failure(400, 'PASSWORD_HASH_INVALID')
  return passwordFor
}

function authorization(call: Call, account: FakeAccount): tl.auth.RawAuthorization {
  call.signIn(account)
  return { _: 'auth.authorization', user: call.world.userForm(account, account.user.id) }
}

/** Signs in, or asks for the password first where there is one. */
function enter(call: Call, account: FakeAccount): tl.auth.RawAuthorization {
  if (account.banned) throw failure(400, 'PHONE_NUMBER_BANNED')
  if (account.password === null) return authorization(call, account)
  call.login.passwordFor = account
  throw failure(401, 'SESSION_PASSWORD_NEEDED')
}

function byPhone(call: Call, phone: string): FakeAccount {
  const digits = phone.replaceAll(/\D/g, '')
  const found = [...call.world.accounts.values()].find(({ user }) => user.phone === digits)
  if (!found) throw failure(400, 'PHONE_NUMBER_INVALID')
  return found
}

function qrLogin(call: Call): tl.auth.TypeLoginToken {
  const known = call.login.loginToken
  const scanned = known === null ? null : (call.qrTokens.get(known) ?? null)
  if (scanned) return { _: 'auth.loginTokenSuccess', authorization: enter(call, scanned) }
  const token = randomBytes(16)
  call.login.loginToken = token.toString('hex')
  call.qrTokens.set(call.login.loginToken, null)
  call.session.hearsUpdates = true
  return { _: 'auth.loginToken', expires: seconds() + 30, token }
}

export const authMethods: Methods = {
  'auth.sendCode': (call, { phoneNumber }) => {
    byPhone(call, phoneNumber)
    const type = { _: 'auth.sentCodeTypeApp', length: 5 } as const
    return { _: 'auth.sentCode', type, phoneCodeHash: `hash of ${phoneNumber}` }
  },
  'auth.signIn': (call, { phoneNumber, phoneCode }) => {
    const account = byPhone(call, phoneNumber)
    if (phoneCode !== account.code) throw failure(400, 'PHONE_CODE_INVALID')
    return enter(call, account)
  },
  'account.getPassword': (call) => passwordForm(call),
  'auth.checkPassword': (call, { password }) => authorization(call, checkPassword(call, password)),
  'auth.exportLoginToken': (call) => qrLogin(call),
  'auth.importLoginToken': (call) => qrLogin(call),
  'auth.logOut': (call) => {
    call.signOut()
    return { _: 'auth.loggedOut' }
  },
  'auth.exportAuthorization': (call) => ({
    _: 'auth.exportedAuthorization',
    id: Long.fromNumber(call.account.user.id),
    bytes: randomBytes(8),
  }),
  'auth.importAuthorization': (call, { id }) => {
    const account = call.world.accounts.get(id.toNumber())
    if (!account) throw failure(400, 'AUTH_BYTES_INVALID')
    return authorization(call, account)
  },
  'help.getNearestDc': () => ({ _: 'nearestDc', country: 'UA', thisDc: 2, nearestDc: 2 }),
  'help.getAppConfig': () => ({ _: 'help.appConfig', hash: 1, config: { _: 'jsonObject', value: [] } }),
  'help.getConfig': ({ port }) => configForm(port),
}

function configForm(port: number): tl.RawConfig {
  const numbers = {
    chatSizeMax: 200,
    megagroupSizeMax: 200_000,
    forwardedCountMax: 100,
    onlineUpdatePeriodMs: 120_000,
    offlineBlurTimeoutMs: 5_000,
    offlineIdleTimeoutMs: 30_000,
    onlineCloudTimeoutMs: 300_000,
    notifyCloudDelayMs: 30_000,
    notifyDefaultDelayMs: 1_500,
    pushChatPeriodMs: 60_000,
    pushChatLimit: 2,
    editTimeLimit: 172_800,
    revokeTimeLimit: 2_147_483_647,
    revokePmTimeLimit: 2_147_483_647,
    ratingEDecay: 2_419_200,
    stickersRecentLimit: 200,
    channelsReadMediaPeriod: 604_800,
    callReceiveTimeoutMs: 20_000,
    callRingTimeoutMs: 90_000,
    callConnectTimeoutMs: 30_000,
    callPacketTimeoutMs: 10_000,
    captionLengthMax: 1024,
    messageLengthMax: 4096,
    webfileDcId: 2,
  }
  const here = { _: 'dcOption', id: 2, ipAddress: '127.0.0.1', port } as const
  const times = { date: seconds(), expires: seconds() + 86_400, testMode: false, thisDc: 2 }
  return { _: 'config', ...times, dcOptions: [here], dcTxtDomainName: '', meUrlPrefix: 'https://t.me/', ...numbers }
}
