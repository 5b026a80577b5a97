"""What Python's own email package makes of the mails of a folder, as JSON: the second opinion of agreement.test.ts."""

import email
import email.policy
import json
import os
import re
import sys


def leaves(part):
    if part.get_content_maintype() == 'message' or not part.is_multipart():
        yield part
        return
    for child in part.get_payload():
        yield from leaves(child)


def is_shown(part):
    if part.get_content_maintype() == 'multipart':
        return True
    return part.get_content_type() in ('text/plain', 'text/html') and part.get_content_disposition() != 'attachment'


def text_of(part):
    """As its charset says; where that is wrong or missing, as whatever loses nothing."""
    data = part.get_payload(decode=True) or b''
    for charset in (part.get_content_charset('utf-8'), 'utf-8', 'cp1252'):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode('utf-8', 'replace')


def unescaped(text):
    """Bytes that Python could not place stand in its texts as surrogates."""
    return text.encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')


def file_of(part):
    # A message inside a message is an object to Python, not the bytes it came as.
    data = None if part.get_content_maintype() == 'message' else part.get_payload(decode=True)
    return {
        # `application/pdf name=x`, without the semicolon, is an application/pdf.
        'type': part.get_content_type().split()[0],
        'filename': part.get_filename(),
        'size': None if data is None else len(data),
    }


def header(mail, name):
    try:
        value = mail[name]
        return '' if value is None else unescaped(str(value))
    except Exception as error:
        return f'unreadable: {error}'


def sender(mail):
    try:
        addresses = mail['from'].addresses if mail['from'] is not None else ()
        return unescaped(addresses[0].addr_spec) if addresses else ''
    except Exception as error:
        return f'unreadable: {error}'


def read(path):
    with open(path, 'rb') as file:
        mail = email.message_from_bytes(file.read(), policy=email.policy.default)
    shown = [part for part in leaves(mail) if is_shown(part)]
    return {
        'from': sender(mail),
        'subject': header(mail, 'subject'),
        'messageId': re.sub(r'[<>\s]', '', header(mail, 'message-id')),
        'plain': [text_of(part) for part in shown if part.get_content_type() != 'text/html'],
        'html': [text_of(part) for part in shown if part.get_content_type() == 'text/html'],
        'files': [file_of(part) for part in leaves(mail) if not is_shown(part)],
    }


folder = sys.argv[1]
names = sorted(name for name in os.listdir(folder) if name.endswith('.eml'))
json.dump({name: read(os.path.join(folder, name)) for name in names}, sys.stdout)
