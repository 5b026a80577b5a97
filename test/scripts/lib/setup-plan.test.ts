import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makePushKeys } from '../../../scripts/lib/push-keys.ts'
import { vapidProblems } from '../../../src/lib/vapid.ts'
import {
  type Found,
  isSetUp,
  parseBuckets,
  parseDatabases,
  parseSecrets,
  planSetup,
  readQueueInfo,
} from '../../../scripts/lib/setup-plan.ts'
import { environmentFrom, readDeployment, unsetDatabaseId, withDatabaseId } from '../../../scripts/lib/wrangler-toml.ts'

const toml = readFileSync(join(import.meta.dirname, '../../../wrangler.toml'), 'utf8')
const id = '5f0c2f4e-9a41-4d0b-8a5e-0c1d2e3f4a5b'
const bare = {
  databaseName: 'inbox-db',
  databaseId: unsetDatabaseId,
  bucketName: 'inbox-files',
  queues: ['inbox-jobs', 'inbox-jobs-dead'],
}
const secrets = [
  'AUTH_SECRET',
  'ADMIN_TOKEN',
  'ENCRYPTION_KEY',
  'META_APP_SECRET',
  'META_VERIFY_TOKEN',
  'ALLOWED_ORIGINS',
]
const nothing: Found = { databases: [], buckets: [], queues: [], secrets: [] }
const pushKeys = ['VAPID_PUBLIC_KEY', 'VAPID_PRIVATE_KEY']
const everything: Found = {
  databases: [{ name: 'inbox-db', id }],
  buckets: ['inbox-files'],
  queues: ['inbox-jobs', 'inbox-jobs-dead'],
  secrets: [...secrets, ...pushKeys],
}

describe('the plan of a setup', () => {
  it('creates everything in an empty account', () => {
    const steps = planSetup(bare, nothing)
    expect(steps.map((step) => `${step.kind} ${'name' in step ? step.name : ''}`)).toEqual([
      'create_database inbox-db',
      'create_bucket inbox-files',
      'create_queue inbox-jobs',
      'create_queue inbox-jobs-dead',
      ...secrets.slice(0, 3).map((name) => `generate_secret ${name}`),
      'generate_push_keys ',
      ...secrets.slice(3).map((name) => `ask_secret ${name}`),
    ])
  })

  it('has nothing to do the second time', () => {
    expect(planSetup({ ...bare, databaseId: id }, everything)).toEqual([])
  })

  it('takes over the id of a database that exists already', () => {
    expect(planSetup(bare, everything)).toEqual([{ kind: 'write_database_id', id }])
  })

  it('creates only the queue that is missing', () => {
    const steps = planSetup({ ...bare, databaseId: id }, { ...everything, queues: ['inbox-jobs'] })
    expect(steps).toEqual([{ kind: 'create_queue', name: 'inbox-jobs-dead' }])
  })

  it('never makes a new encryption key where one is stored', () => {
    const steps = planSetup(bare, { ...nothing, secrets: ['ENCRYPTION_KEY'] })
    expect(steps.filter((step) => 'name' in step && step.name === 'ENCRYPTION_KEY')).toEqual([])
  })

  it('makes keys for push services as a pair, and only where there is neither', () => {
    const keys = makePushKeys()
    const subject = 'mailto:it@bureau.com'
    const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey } = keys
    expect(vapidProblems({ publicKey, privateKey, subject })).toEqual([])
    expect(makePushKeys()).not.toEqual(keys)
    for (const name of pushKeys) {
      const kinds = planSetup(bare, { ...nothing, secrets: [name] }).map(({ kind }) => kind)
      expect(kinds).not.toContain('generate_push_keys')
    }
  })

  it('asks for every secret that wrangler.toml requires', () => {
    const required = /required = \[([^\]]+)\]/.exec(toml)?.[1]?.match(/[A-Z_]+/g) ?? []
    const planned = planSetup(bare, nothing).flatMap((step) =>
      step.kind.endsWith('_secret') && 'name' in step ? [step.name] : [],
    )
    expect(planned.toSorted()).toEqual(required.toSorted())
  })
})

describe('what wrangler prints', () => {
  it('names the databases', () => {
    const json = JSON.stringify([
      { uuid: id, name: 'inbox-db', created_at: '2026-11-01T00:00:00Z', version: 'production' },
    ])
    expect(parseDatabases(json)).toEqual([{ name: 'inbox-db', id }])
  })

  it('names the buckets in blocks for people', () => {
    const text =
      'Listing buckets...\nname:           inbox-files\ncreation_date:  2026-11-01\n\nname:           other\n'
    expect(parseBuckets(text)).toEqual(['inbox-files', 'other'])
    expect(parseBuckets('Listing buckets...\n')).toEqual([])
  })

  it('tells a queue that is missing from one that could not be asked for', () => {
    const output = '✘ [ERROR] Queue "inbox-jobs" does not exist. To create it, run: wrangler queues create inbox-jobs'
    expect(readQueueInfo('inbox-jobs', { code: 1, output })).toBe('missing')
    const refused = { code: 1, output: '✘ [ERROR] Authentication error [code: 10000]' }
    expect(readQueueInfo('inbox-jobs', refused)).toBeNull()
  })

  it('tells a queue from another whose name begins like it', () => {
    const info = (name: string) => ({ code: 0, output: `Queue Name: ${name}\nQueue ID: 1\nNumber of Producers: 1\n` })
    expect(readQueueInfo('inbox-jobs', info('inbox-jobs'))).toBe('there')
    expect(readQueueInfo('inbox-jobs', info('inbox-jobs-dead'))).toBe('missing')
  })

  it('names the secrets', () => {
    expect(parseSecrets('[{"name":"AUTH_SECRET","type":"secret_text"}]')).toEqual(['AUTH_SECRET'])
  })
})

describe('wrangler.toml', () => {
  it.each(['staging', 'production'])('has what %s deploys to', (environment) => {
    const found = readDeployment(toml, environment)
    expect(found).toMatchObject({
      databaseName: `edge-inbox-${environment}`,
      bucketName: `edge-inbox-${environment}`,
      queues: ['jobs', 'jobs-dead', 'followers', 'mail-events'].map((name) => `edge-inbox-${environment}-${name}`),
    })
  })

  it('has no other environments', () => {
    expect(readDeployment(toml, 'elsewhere')).toBeNull()
  })

  it('changes by one line when an id is written, and only for that environment', () => {
    const before = toml.split('\n')
    const after = withDatabaseId(toml, 'production', id).split('\n')
    const changed = after.filter((line, index) => line !== before[index])
    expect(changed).toEqual([`database_id = "${id}"`])
    expect(readDeployment(after.join('\n'), 'production')?.databaseId).toBe(id)
    expect(readDeployment(after.join('\n'), 'staging')?.databaseId).not.toBe(id)
  })

  it('refuses to write an id where there is no database', () => {
    expect(() => withDatabaseId(toml, 'elsewhere', id)).toThrow('no database for the environment elsewhere')
  })

  it('counts as set up once it has a real id', () => {
    expect([isSetUp(bare), isSetUp({ ...bare, databaseId: id })]).toEqual([false, true])
  })
})

describe('environmentFrom', () => {
  it.each([
    [[], 'production'],
    [['--env', 'staging'], 'staging'],
    [['--env=staging'], 'staging'],
    [['-e', 'staging'], 'staging'],
  ])('reads %j as %s', (args, environment) => {
    expect(environmentFrom(args)).toBe(environment)
  })
})
