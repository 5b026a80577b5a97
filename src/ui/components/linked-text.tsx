import { linkify } from '../text/linkify.ts'

/** Text with its http(s) addresses as links; everything is a text node. */
export function LinkedText({ text }: { text: string }) {
  return linkify(text).map((part, index) => {
    if (part.kind === 'text') return part.text
    return <OutsideLink key={index} href={part.href} text={part.text} />
  })
}

/** A link away from the inbox: it tells the other side nothing and gets no hold on this page. */
export function OutsideLink({ href, text, className }: { href: string; text: string; className?: string }) {
  return (
    <a href={href} className={className} target="_blank" rel="noopener noreferrer nofollow" dir="ltr">
      {text}
    </a>
  )
}
