import { Long, type tl } from '@mtcute/node'
import type { FakeDataCenter } from '../../test/companion/fake-dc/fake-data-center.ts'
import { type DemoFile, documentFile, pictureFile, voiceFile } from './files.ts'
import type { Customer, Step } from './story.ts'

type Keeper = Pick<FakeDataCenter, 'photo' | 'document'>
type Of<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>

/** What hangs on a message, in the form in which Telegram tells of it; its bytes lie at the data centre. */
export function mediaOf(
  step: Of<'photo' | 'document' | 'voice' | 'location'>,
  customer: Customer,
  keeper: Keeper,
): tl.TypeMessageMedia {
  switch (step.kind) {
    case 'photo':
      return keeper.photo(pictureFile(step.picture, customer).make())
    case 'document': {
      const file = documentFile(step, customer)
      return documentOf(file, keeper, [{ _: 'documentAttributeFilename', fileName: step.filename }])
    }
    case 'voice': {
      const file = voiceFile(customer)
      return documentOf(file, keeper, [{ _: 'documentAttributeAudio', voice: true, duration: lengthOf(file.make()) }])
    }
    case 'location':
      return venueOf(step)
  }
}

function documentOf(file: DemoFile, keeper: Keeper, attributes: tl.TypeDocumentAttribute[]): tl.TypeMessageMedia {
  return keeper.document({ bytes: file.make(), mimeType: file.mimeType, attributes })
}

/** Of a WAV, in seconds: the fourth number of its head is how many bytes make one. */
function lengthOf(wav: Uint8Array<ArrayBuffer>): number {
  return Math.round((wav.length - 44) / new DataView(wav.buffer).getUint32(28, true))
}

function venueOf({ name, address, latitude, longitude }: Of<'location'>): tl.RawMessageMediaVenue {
  const geo = { _: 'geoPoint', lat: latitude, long: longitude, accessHash: Long.ZERO } as const
  return { _: 'messageMediaVenue', geo, title: name, address, provider: '', venueId: '', venueType: '' }
}

const words = (text: string): tl.RawTextWithEntities => ({ _: 'textWithEntities', text, entities: [] })
const optionOf = (at: number) => new Uint8Array([at])

export function pollOf({ text, options }: Of<'poll'>, id: Long): tl.RawMessageMediaPoll {
  const answers = options.map((option, at) => ({ _: 'pollAnswer', text: words(option), option: optionOf(at) }) as const)
  const poll = { _: 'poll', id, question: words(text), answers, hash: Long.ZERO } as const
  return { _: 'messageMediaPoll', poll, results: { _: 'pollResults' } }
}

/** How often each answer was given by now. */
export function votesOf({ votes }: Of<'vote'>): tl.RawPollResults {
  // The library writes a number of votes only beside a list of who gave them.
  const results = votes.map((voters, at): tl.RawPollAnswerVoters => {
    return { _: 'pollAnswerVoters', option: optionOf(at), voters, recentVoters: [] }
  })
  return { _: 'pollResults', min: true, results, totalVoters: votes.reduce((sum, one) => sum + one, 0) }
}
