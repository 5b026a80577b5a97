import { Fragment } from 'react'
import { splitAtNames } from '../text/called-names.ts'
import { linkify } from '../text/linkify.ts'

/** Text with its http(s) addresses as links and the `names` it calls marked; everything is a text node. */
export function LinkedText({ text, names }: { text: string; names: readonly string[] }) {
  return linkify(text).map((part, index) =>
    part.kind === 'text' ? (
      <Fragment key={index}>
        {splitAtNames(part.text, names).map((piece, place) =>
          piece.isName ? (
            <b className="called-name" key={place}>
              {piece.text}
            </b>
          ) : (
            piece.text
          ),
        )}
      </Fragment>
    ) : (
      <OutsideLink key={index} href={part.href} text={part.text} />
    ),
  )
}

/** A link away from the inbox: it tells the other side nothing and gets no hold on this page. */
export function OutsideLink({ href, text, className }: { href: string; text: string; className?: string }) {
  return (
    <a href={href} className={className} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
      {text}
    </a>
  )
}
