"""The design that Edge Inbox replaces: FastAPI, uvicorn, SQLite, and send_json to one socket after the other."""

import hashlib
import hmac
import json
import sqlite3
import sys
from datetime import datetime, timezone

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket, WebSocketDisconnect

PORT, STATE_DIR, SECRET, TABLE = sys.argv[1:5]

app = FastAPI()
sockets: list[WebSocket] = []
db = sqlite3.connect(f"{STATE_DIR}/fastapi.sqlite")
db.execute("pragma journal_mode = wal")
db.execute("pragma synchronous = normal")
db.execute(TABLE)
db.commit()


async def broadcast(event: dict) -> None:
    gone = []
    for socket in list(sockets):
        try:
            await socket.send_json(event)
        except Exception:  # A socket may fail in many ways; each of them means that it is gone.
            gone.append(socket)
    for socket in gone:
        if socket in sockets:
            sockets.remove(socket)


def frame_of(seq: int, message: dict) -> dict:
    at = datetime.fromtimestamp(int(message["timestamp"]), timezone.utc).isoformat().replace("+00:00", ".000Z")
    text = message["text"]["body"]
    sender = message["from"]
    conversation_id = f"c0ffee00-0000-4000-9000-{sender:0>12}"
    return {
        "type": "new_message",
        "seq": seq,
        "conversation_id": conversation_id,
        "message": {
            "id": f"c0ffee00-0000-4000-8000-{seq:012d}",
            "conversation_id": conversation_id,
            "direction": "inbound",
            "type": "text",
            "content": text,
            "status": "sent",
            "attachments": [],
            "created_at": at,
            "external_id": message["id"],
            "seq": seq,
            "sender": None,
            "reply_to_external_id": None,
            "reactions": [],
            "details": {},
            "edited_at": None,
            "deleted_at": None,
            "error": None,
            "client_message_id": None,
        },
        "conversation": {
            "id": conversation_id,
            "platform": "whatsapp",
            "external_id": f"+{sender}",
            "client_name": f"Customer {sender[-2:]}",
            "channel_id": "c0ffee00-0000-4000-a000-000000000001",
            "status": "open",
            "assignee_id": None,
            "unread_count": seq,
            "last_message_at": at,
            "last_message_preview": text[:140],
            "last_message_direction": "inbound",
            "can_reply_until": at,
            "merged_into": None,
        },
    }


@app.websocket("/socket")
async def connect(socket: WebSocket) -> None:
    await socket.accept()
    sockets.append(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        pass
    finally:
        if socket in sockets:
            sockets.remove(socket)


@app.post("/publish")
async def publish(request: Request) -> dict:
    await broadcast(json.loads(await request.body()))
    return {"ok": True}


def store(messages: list[dict]) -> list[dict]:
    frames = []
    for message in messages:
        row = (message["id"], message["from"], message["text"]["body"], message["timestamp"])
        done = db.execute(
            "insert into messages (external_id, sender, body, at) values (?, ?, ?, ?) on conflict do nothing", row
        )
        if done.rowcount:
            frames.append(frame_of(done.lastrowid, message))
    db.commit()
    return frames


@app.post("/webhook")
async def webhook(request: Request) -> Response:
    body = await request.body()
    wanted = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("x-hub-signature-256", "")):
        return Response(status_code=401)
    delivery = json.loads(body)
    values = [change["value"] for entry in delivery["entry"] for change in entry["changes"]]
    for frame in store([message for value in values for message in value["messages"]]):
        await broadcast(frame)
    return Response('{"ok":true}', media_type="application/json")


if __name__ == "__main__":
    # Heartbeats further apart than a round, so that an idle peer does not disturb the one that is measured.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(PORT),
        log_level="warning",
        access_log=False,
        backlog=4096,
        ws_ping_interval=300.0,
        ws_ping_timeout=300.0,
    )
