"""Makes the two Python environments below `.tieout`: ours (`venv`) and the demo ERP's (`erp-venv`).

Standard library only, because it runs before anything is installed. An environment is made once per lock file: its
stamp, written last, holds the hash of the lock. uv installs in seconds; where uv can't be had, pip does it in minutes.

    python3 include/sample/bootstrap.py venv erp-venv
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".tieout"
LOCKS = {"venv": ROOT / "requirements.txt", "erp-venv": ROOT / "include" / "sample" / "erp_requirements.txt"}
UV = "uv==0.13.8"
PYTHONS = ((3, 11), (3, 12))
HEARTBEAT_SECONDS = 15
_STARTED = time.monotonic()


class BootstrapError(RuntimeError):
    """An environment can't be made; the message says what to do."""


def main(names: list[str]) -> int:
    """Make the environments called `names`; return the exit status."""
    HOME.mkdir(exist_ok=True)
    try:
        with (HOME / "bootstrap.lock").open("a") as lock:
            _take(lock)
            for name in names:
                if not _is_complete(name):
                    _make(name)
    except BootstrapError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    return 0


def _take(lock: object) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        _say("another make is installing: waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)  # type: ignore[arg-type]


def _is_complete(name: str) -> bool:
    stamp, python = _stamp(name), HOME / name / "bin" / "python"
    # The folder is part of the stamp: an environment that was moved or copied does not work.
    return os.access(python, os.X_OK) and stamp.exists() and stamp.read_text(encoding="ascii") == _wanted(name)


def _make(name: str) -> None:
    folder, lock = HOME / name, LOCKS[name]
    _say(f"installing {_count(lock)} packages into {folder.relative_to(ROOT)}")
    _stamp(name).unlink(missing_ok=True)
    python = _find_python()
    uv = _find_uv(python)
    if uv is None or not _install_with_uv(uv, python, folder, lock):
        _say("uv is not to be had here: installing with pip, which takes some minutes")
        _install_with_pip(python, folder, lock)
    _stamp(name).write_text(_wanted(name), encoding="ascii")
    _say(f"{folder.relative_to(ROOT)} is ready")


def _install_with_uv(uv: Path, python: str, folder: Path, lock: Path) -> bool:
    if _version(str(folder / "bin" / "python")) != _version(python):
        shutil.rmtree(folder, ignore_errors=True)
        if not _run([str(uv), "venv", "--quiet", "--python", python, str(folder)]):
            return False
    # Brings an environment that stands from an earlier lock, or from an interrupted run, to exactly this lock.
    return _run([str(uv), "pip", "sync", "--quiet", "--python", str(folder / "bin" / "python"), str(lock)])


def _install_with_pip(python: str, folder: Path, lock: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _make_venv(python, folder)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not _run([*pip, "-r", str(lock)]):
        raise BootstrapError(
            f"pip could not install {lock.relative_to(ROOT)}: is the package index reachable?\n{_tail()}"
        )


def _find_uv(python: str) -> Path | None:
    """Return uv, installed into an environment of its own with pip, or None where that is not possible."""
    tools = HOME / "tools"
    uv = tools / "bin" / "uv"
    stamp = tools / ".complete"
    if uv.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == f"{UV} {tools}":
        return uv
    shutil.rmtree(tools, ignore_errors=True)
    _make_venv(python, tools)
    if not _run([str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]):
        return None
    stamp.write_text(f"{UV} {tools}", encoding="ascii")
    return uv


def _make_venv(python: str, folder: Path) -> None:
    if not _run([python, "-m", "venv", str(folder)]):
        cure = "On Debian and Ubuntu install the package python3-venv."
        raise BootstrapError(f"{python} could not make a virtual environment in {folder}. {cure}\n{_tail()}")


def _find_python() -> str:
    """Return a Python that the lock was made for: the one that runs this, or one found on the PATH."""
    names = [sys.executable, *(f"python{major}.{minor}" for major, minor in PYTHONS), "python3"]
    for name in names:
        if _version(name) in PYTHONS:
            return name
    wanted = " or ".join(f"{major}.{minor}" for major, minor in PYTHONS)
    raise BootstrapError(f"Python {wanted} is needed and not on the PATH; name one with `make PYTHON=/path/to/python`.")


def _version(python: str) -> tuple[int, int] | None:
    """Return major and minor version of `python`, or None when it does not run."""
    question = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(answer[0]), int(answer[1])


def _run(command: list[str]) -> bool:
    """Run `command` with its output in the log, say now and then that it still runs; return whether it succeeded."""
    with _log().open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=_environment())
        while True:
            try:
                return process.wait(timeout=HEARTBEAT_SECONDS) == 0
            except subprocess.TimeoutExpired:
                _say("still installing")


def _environment() -> dict[str, str]:
    """Keep installers inside our folder, and let uv use the package index that pip is set to."""
    ours = {"UV_CACHE_DIR": str(HOME / "cache" / "uv"), "PIP_CACHE_DIR": str(HOME / "cache" / "pip")}
    ours |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
    for pip_name, uv_name in (("PIP_INDEX_URL", "UV_DEFAULT_INDEX"), ("PIP_CERT", "SSL_CERT_FILE")):
        if os.environ.get(pip_name) and not os.environ.get(uv_name):
            ours[uv_name] = os.environ[pip_name]
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")} | ours


def _wanted(name: str) -> str:
    return hashlib.sha256(LOCKS[name].read_bytes() + str(HOME).encode()).hexdigest()


def _stamp(name: str) -> Path:
    return HOME / name / ".complete"


def _log() -> Path:
    return HOME / "bootstrap.log"


def _tail() -> str:
    return _log().read_text(encoding="utf-8", errors="replace")[-2000:]


def _count(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())


def _say(text: str) -> None:
    print(f"[{time.monotonic() - _STARTED:4.0f} s] {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
