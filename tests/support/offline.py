"""What tests/integration/test_offline.py runs without a network: a whole studio that drafts and paints."""

import fcntl
import socket
import struct
import sys
from pathlib import Path

import requests

from engine.imaging import images
from tests.support.stack import photo, studio, until

_SIOCSIFFLAGS, _IFF_UP_AND_RUNNING = 0x8914, 0x41


def main(folder: Path) -> None:
    """Draft a photo in a style of the library, paint it, and leave both in the folder."""
    _raise_loopback()
    with studio(folder / "data", "", {"HOME": str(folder)}) as stack:
        api = f"{stack.url}/api/v1"
        with requests.Session() as visitor:
            visitor.hooks["response"] = lambda answer, **_: answer.raise_for_status()
            visitor.headers["Authorization"] = "Bearer " + visitor.post(f"{api}/keys").json()["key"]
            file = {"file": ("cat.png", photo("chelsea", 640))}
            cat = visitor.post(f"{api}/uploads", data={"role": "content"}, files=file).json()["id"]

            asked = {"content": cat, "styles": [{"id": "night-garden"}]}

            def drafted() -> bool:
                # Requested again each time, since a request that nobody answers expires after half a minute.
                answer = visitor.get(f"{api}/drafts/{visitor.post(f'{api}/drafts', json=asked).json()['id']}")
                (folder / "draft.webp").write_bytes(answer.content)
                return answer.status_code == requests.codes.ok

            until(drafted, 120, "the draft")

            order = {"photo": cat, "styles": ["night-garden"], "recipe": {"size": 128, "quality": "sketch"}}
            painting = f"{api}/paintings/{visitor.post(f'{api}/paintings', json=order).json()['id']}"
            until(lambda: visitor.get(painting).json()["status"] == "finished", 120, "the painting")
            (folder / "painting.png").write_bytes(visitor.get(f"{painting}/result.png").content)
    print(images.read(folder / "draft.webp").size, images.read_recipe(folder / "painting.png").backbone)


def _raise_loopback() -> None:
    """Let a new network namespace talk to itself, as a machine without a network does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP_AND_RUNNING))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
