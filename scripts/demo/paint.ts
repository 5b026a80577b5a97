import type { Color } from './png.ts'

// A picture is a function of a point. Shapes are distances: below zero inside, and within one pixel of the edge in between.

export type Paint = (x: number, y: number) => Color
export type Shape = (x: number, y: number) => number

export function mix(from: Color, to: Color, share: number): Color {
  const part = Math.max(0, Math.min(1, share))
  return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part, from[2] + (to[2] - from[2]) * part]
}

export const disc =
  (centerX: number, centerY: number, radius: number): Shape =>
  (x, y) =>
    Math.hypot(x - centerX, y - centerY) - radius

export const ring =
  (centerX: number, centerY: number, radius: number, thickness: number): Shape =>
  (x, y) =>
    Math.abs(Math.hypot(x - centerX, y - centerY) - radius) - thickness / 2

/** A rectangle by its corner and size, with round corners. */
export function box(left: number, top: number, [width, height]: readonly [number, number], radius = 0): Shape {
  const halfWidth = width / 2 - radius
  const halfHeight = height / 2 - radius
  return (x, y) => {
    const beyondX = Math.abs(x - left - width / 2) - halfWidth
    const beyondY = Math.abs(y - top - height / 2) - halfHeight
    const outside = Math.hypot(Math.max(beyondX, 0), Math.max(beyondY, 0))
    return outside + Math.min(Math.max(beyondX, beyondY), 0) - radius
  }
}

/** Both at once: what lies in either. */
export const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) =>
    Math.min(...shapes.map((shape) => shape(x, y)))

/** Shapes one below the other at the same distance: only the nearest is asked. */
export const stacked =
  (shapes: readonly [Shape, ...Shape[]], top: number, pitch: number): Shape =>
  (x, y) => {
    const index = Math.max(0, Math.min(shapes.length - 1, Math.floor((y - top) / pitch)))
    return (shapes[index] ?? shapes[0])(x, y)
  }

/** The same shape again and again to the right, as often as told. */
export const repeated =
  (shape: Shape, left: number, { pitch, count }: { pitch: number; count: number }): Shape =>
  (x, y) => {
    const index = Math.max(0, Math.min(count - 1, Math.floor((x - left) / pitch)))
    return shape(x - index * pitch, y)
  }

/** A shape turned around a point, in radians. */
export function turned(shape: Shape, [centerX, centerY]: readonly [number, number], angle: number): Shape {
  const cos = Math.cos(-angle)
  const sin = Math.sin(-angle)
  return (x, y) => {
    const dx = x - centerX
    const dy = y - centerY
    return shape(centerX + dx * cos - dy * sin, centerY + dx * sin + dy * cos)
  }
}

export const vertical =
  (top: Color, bottom: Color, height: number): Paint =>
  (_, y) =>
    mix(top, bottom, y / height)

export const diagonal =
  (from: Color, to: Color, [width, height]: readonly [number, number]): Paint =>
  (x, y) =>
    mix(from, to, (x / width + y / height) / 2)

/** A shape of one colour over a picture. */
export const over =
  (below: Paint, shape: Shape, color: Color): Paint =>
  (x, y) => {
    const distance = shape(x, y)
    return distance > 1 ? below(x, y) : mix(below(x, y), color, 0.5 - distance)
  }

/** A soft shadow of a shape. */
export const shadow =
  (below: Paint, shape: Shape, [dx, dy, blur]: readonly [number, number, number]): Paint =>
  (x, y) =>
    mix(below(x, y), [20, 20, 30], 0.35 * (1 - Math.max(0, Math.min(1, shape(x - dx, y - dy) / blur + 0.5))))
