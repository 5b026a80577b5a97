import { createRandom, type Random } from './random.ts'
import {
  box,
  diagonal,
  disc,
  mix,
  over,
  type Paint,
  repeated,
  ring,
  shadow,
  type Shape,
  stacked,
  turned,
  union,
  vertical,
} from './paint.ts'
import { type Color, encodePng, type Size } from './png.ts'

/** What customers photograph. Drawn, so that a demo needs no files, and the same every time. */
export type PictureName = 'certificate' | 'passport' | 'receipt' | 'diploma' | 'street' | 'story' | 'sticker'

const landscape: Size = { width: 640, height: 480 }
const portrait: Size = { width: 420, height: 640 }
const ink: Color = [72, 76, 92]
const paper: Color = [250, 247, 240]

/** Lines of writing as bars of different lengths; `until` is where the longest may end. */
function writing(
  random: Random,
  { left, top, until, count }: { left: number; top: number; until: number; count: number },
): Shape {
  return lines(top, 17, count, (lineTop, line) => {
    const length = (until - left) * (line % 4 === 3 ? 0.45 : 0.75 + random.next() * 0.25)
    return box(left, lineTop, [length, 5], 2.5)
  })
}

function lines(top: number, pitch: number, count: number, draw: (top: number, line: number) => Shape): Shape {
  const rest = Array.from({ length: count - 1 }, (_, line) => draw(top + (line + 1) * pitch, line + 1))
  return stacked([draw(top, 0), ...rest], top - pitch / 4, pitch)
}

type Sheet = { left: number; top: number; size: readonly [number, number]; angle: number; color?: Color }

/** A sheet on a table, with what is on it turned together with it. */
function sheetOn(
  table: Paint,
  { left, top, size, angle, color = paper }: Sheet,
  parts: readonly [Shape, Color][],
): Paint {
  const center = [left + size[0] / 2, top + size[1] / 2] as const
  const sheet = turned(box(left, top, size, 4), center, angle)
  const bare = over(shadow(table, sheet, [6, 10, 26]), sheet, color)
  return parts.reduce<Paint>((below, [shape, tint]) => over(below, turned(shape, center, angle), tint), bare)
}

function table(random: Random): Paint {
  const wood: Color = random.pick([
    [168, 128, 92],
    [134, 108, 90],
    [120, 130, 142],
  ])
  const grain = (x: number, y: number) => 0.5 + 0.5 * Math.sin(y / 9 + Math.sin(x / 90) * 1.5)
  return (x, y) => mix(wood, mix(wood, [255, 244, 225], 0.16), grain(x, y))
}

function certificate(random: Random): Paint {
  const left = 120
  return sheetOn(table(random), { left, top: 30, size: [400, 410], angle: -0.05 }, [
    [box(left + 14, 44, [372, 382], 2), [214, 196, 148]],
    [box(left + 20, 50, [360, 370], 2), paper],
    [box(left + 110, 78, [180, 14], 3), [150, 62, 58]],
    [box(left + 140, 104, [120, 7], 3), ink],
    [writing(random, { left: left + 50, top: 146, until: left + 350, count: 9 }), ink],
    [ring(left + 300, 360, 38, 5), [46, 84, 160]],
    [ring(left + 300, 360, 26, 2), [46, 84, 160]],
    [box(left + 60, 366, [110, 4], 2), [46, 84, 160]],
  ])
}

function diploma(random: Random): Paint {
  const ribbon: Color = [178, 44, 52]
  return sheetOn(table(random), { left: 60, top: 70, size: [520, 340], angle: 0.03, color: [252, 248, 232] }, [
    [box(74, 84, [492, 312], 2), [52, 92, 148]],
    [box(80, 90, [480, 300], 2), [252, 248, 232]],
    [box(220, 118, [200, 20], 4), [52, 92, 148]],
    [writing(random, { left: 130, top: 172, until: 510, count: 5 }), ink],
    [box(140, 330, [130, 4], 2), ink],
    [box(452, 322, [14, 60], 2), ribbon],
    [box(472, 322, [14, 56], 2), ribbon],
    [disc(470, 318, 30), [206, 164, 66]],
    [ring(470, 318, 20, 3), [150, 112, 34]],
  ])
}

function passport(random: Random): Paint {
  const skin: Color = [226, 190, 164]
  return sheetOn(table(random), { left: 90, top: 90, size: [460, 300], angle: 0.06, color: [226, 236, 240] }, [
    [box(90, 90, [460, 34], 4), [38, 66, 124]],
    [box(116, 148, [130, 164], 4), [196, 208, 214]],
    [union(disc(181, 214, 34), box(146, 262, [70, 50], 24)), skin],
    [box(140, 272, [82, 40], 18), [58, 70, 104]],
    [box(148, 178, [66, 24], 12), [74, 54, 44]],
    [writing(random, { left: 276, top: 156, until: 520, count: 8 }), ink],
    [box(112, 336, [416, 8], 2), ink],
    [box(112, 356, [416, 8], 2), ink],
  ])
}

function receipt(random: Random): Paint {
  const goods = lines(120, 26, 8, (top) => box(236, top, [random.between(60, 110), 6], 2))
  const sums = lines(120, 26, 8, (top) => {
    const length = random.between(26, 50)
    return box(404 - length, top, [length, 6], 2)
  })
  return sheetOn(table(random), { left: 210, top: 24, size: [220, 430], angle: -0.04, color: [253, 253, 250] }, [
    [box(262, 50, [116, 12], 3), ink],
    [box(282, 74, [76, 6], 3), [150, 152, 160]],
    [goods, [120, 124, 134]],
    [sums, [120, 124, 134]],
    [box(230, 344, [180, 2]), [150, 152, 160]],
    [union(box(236, 360, [70, 12], 3), box(350, 360, [60, 12], 3)), ink],
    [
      union(
        repeated(box(248, 396, [3, 36]), 247, { pitch: 7, count: 21 }),
        repeated(box(251, 396, [2, 36]), 250, { pitch: 21, count: 7 }),
      ),
      ink,
    ],
  ])
}

function street(random: Random): Paint {
  const { width, height } = landscape
  let scene: Paint = vertical([108, 168, 224], [250, 222, 184], height * 0.8)
  scene = over(scene, disc(500, 130, 40), [255, 244, 206])
  for (let house = 0; house < 6; house += 1) {
    const left = house * 112 - 14
    const top = random.between(150, 260)
    const wall: Color = random.pick([
      [214, 156, 110],
      [190, 116, 96],
      [226, 196, 140],
      [142, 158, 176],
    ])
    scene = over(scene, box(left, top, [114, height], 2), wall)
    const windows = lines(top + 22, 46, 5, (rowTop) =>
      repeated(box(left + 14, rowTop, [18, 26], 2), left + 7, { pitch: 32, count: 3 }),
    )
    scene = over(scene, windows, mix(wall, [255, 246, 214], 0.7))
  }
  return over(scene, box(0, 420, [width, 80]), [96, 98, 108])
}

function story(random: Random): Paint {
  const { width, height } = portrait
  const [from, to] = random.pick<readonly [Color, Color]>([
    [
      [252, 150, 110],
      [150, 70, 200],
    ],
    [
      [90, 190, 200],
      [50, 80, 170],
    ],
  ])
  let scene = diagonal(from, to, [width, height])
  for (let n = 0; n < 7; n += 1) {
    const spot = disc(random.between(0, width), random.between(0, height), random.between(20, 90))
    const below = scene
    scene = (x, y) => (spot(x, y) > 1 ? below(x, y) : mix(below(x, y), [255, 255, 255], 0.14))
  }
  scene = over(shadow(scene, box(70, 210, [280, 190], 10), [0, 12, 30]), box(70, 210, [280, 190], 10), paper)
  return over(scene, writing(random, { left: 100, top: 250, until: 320, count: 7 }), ink)
}

function sticker(): Paint {
  const eyes = union(disc(98, 104, 12), disc(158, 104, 12))
  const smile = (x: number, y: number) => (y < 138 ? 9 : ring(128, 132, 52, 12)(x, y))
  const face = over(() => [255, 255, 255], disc(128, 128, 108), [255, 204, 77])
  return over(over(face, eyes, [92, 62, 30]), smile, [92, 62, 30])
}

const kinds: Readonly<Record<PictureName, { size: Size; paint: (random: Random) => Paint }>> = {
  certificate: { size: landscape, paint: certificate },
  diploma: { size: landscape, paint: diploma },
  passport: { size: landscape, paint: passport },
  receipt: { size: landscape, paint: receipt },
  street: { size: landscape, paint: street },
  story: { size: portrait, paint: story },
  sticker: { size: { width: 256, height: 256 }, paint: sticker },
}

/** A PNG; another `seed` gives another one of its kind. */
export function drawPicture(name: PictureName, seed: number): Uint8Array<ArrayBuffer> {
  const { size, paint } = kinds[name]
  return encodePng(size, paint(createRandom(seed)))
}

/** A face without features, in the colours of its seed: a customer's profile picture. */
export function drawAvatar(seed: number): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed)
  const hue = () => random.between(90, 220)
  const light: Color = [hue(), hue(), hue()]
  const back = diagonal(mix(light, [255, 255, 255], 0.25), mix(light, [40, 40, 70], 0.2), [160, 160])
  const body = union(disc(80, 66, 30), box(28, 106, [104, 90], 46))
  return encodePng({ width: 160, height: 160 }, over(back, body, mix(light, [255, 255, 255], 0.8)))
}
