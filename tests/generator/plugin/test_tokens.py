"""Tokens: two at once, read again when their files change; the service does not start without one."""

from __future__ import annotations

import pytest

from sixfold_compiler.diagnostics import DiagnosticError
from sixfold_generator.plugin.tokens import Tokens


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_both_tokens_are_accepted_and_white_space_is_trimmed(tmp_path):
    tokens = Tokens([write(tmp_path, "a", " first-0123456789\n"), write(tmp_path, "b", "second-0123456789")])
    assert tokens.accept("Bearer first-0123456789")
    assert tokens.accept("bearer second-0123456789")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "first-0123456789",
        "Basic first-0123456789",
        "Bearer first-012345678",
        "Bearer first-0123456789 second",
        "Bearer é",
    ],
)
def test_other_headers_are_refused(tmp_path, header):
    assert not Tokens([write(tmp_path, "a", "first-0123456789")]).accept(header)


@pytest.mark.parametrize("text", ["", " \n", "$plugin.token", " $x", "two words", "x" * 5000, "naïve"])
def test_an_invalid_token_stops_the_start_and_is_not_shown(tmp_path, text):
    with pytest.raises(DiagnosticError) as raised:
        Tokens([write(tmp_path, "token", text)])
    assert raised.value.diagnostics[0].code == "SF831"
    assert not text.strip() or text.strip() not in str(raised.value)


@pytest.mark.parametrize(
    ("mode", "starts"), [(0o600, True), (0o440, True), (0o644, True), (0o646, False), (0o602, False)]
)
def test_a_file_that_everybody_may_write_stops_the_start(tmp_path, mode, starts):
    """A volume with a Secret has the mode 0644 or, in the chart, 0440."""
    file = write(tmp_path, "token", "first-0123456789")
    file.chmod(mode)
    if starts:
        assert Tokens([file]).accept("Bearer first-0123456789")
    else:
        with pytest.raises(DiagnosticError, match="can be written by every user"):
            Tokens([file])


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_token_has_at_most_4096_bytes(tmp_path, end):
    assert Tokens([write(tmp_path, "a", "x" * 4096 + end)]).accept("Bearer " + "x" * 4096)
    with pytest.raises(DiagnosticError, match="has more than 4096 bytes"):
        Tokens([write(tmp_path, "a", "x" * 4097 + end)])


def test_a_token_has_at_least_16_characters(tmp_path):
    assert Tokens([write(tmp_path, "a", "x" * 16 + "\n")]).accept("Bearer " + "x" * 16)
    for text in ("x", "changeme", "x" * 15 + "\n"):
        with pytest.raises(DiagnosticError, match="has fewer than 16 characters") as raised:
            Tokens([write(tmp_path, "a", text)])
        assert (raised.value.diagnostics[0].code, "changeme" in str(raised.value)) == ("SF831", False)


def test_files_that_change_without_end_are_read_ten_times(tmp_path, monkeypatch):
    from sixfold_generator.plugin import tokens as module

    path = write(tmp_path, "a", "0" * 16)
    tokens = Tokens([path])
    real, seen = module._read, []

    def read(file):
        data = real(file)
        seen.append(data)
        file.write_text("x" * (len(seen) + 16))
        return data

    monkeypatch.setattr(module, "_read", read)
    assert tokens.accept("Bearer " + "x" * 25)
    assert len(seen) == 10


def test_no_file_stops_the_start(tmp_path):
    with pytest.raises(DiagnosticError):
        Tokens([tmp_path / "none"])


def test_the_second_file_may_come_and_go(tmp_path):
    tokens = Tokens([write(tmp_path, "a", "first-0123456789"), tmp_path / "b"])
    assert not tokens.accept("Bearer second-0123456789")
    write(tmp_path, "b", "second-0123456789")
    assert tokens.accept("Bearer second-0123456789")
    (tmp_path / "b").unlink()
    assert not tokens.accept("Bearer second-0123456789")
    assert tokens.accept("Bearer first-0123456789")


def test_a_secret_that_is_swapped_by_its_link_is_read_again(tmp_path):
    """Kubernetes mounts a Secret as links through ..data, and replaces that one link."""
    for version, token in (("1", "first-0123456789"), ("2", "second-0123456789")):
        (tmp_path / version).mkdir()
        write(tmp_path / version, "token", token)
    (tmp_path / "..data").symlink_to("1")
    (tmp_path / "token").symlink_to("..data/token")
    tokens = Tokens([tmp_path / "token"])
    assert tokens.accept("Bearer first-0123456789")
    (tmp_path / "swap").symlink_to("2")
    (tmp_path / "swap").replace(tmp_path / "..data")
    assert tokens.accept("Bearer second-0123456789")
    assert not tokens.accept("Bearer first-0123456789")


def test_a_file_that_becomes_invalid_revokes_its_token(tmp_path):
    path = write(tmp_path, "a", "first-0123456789")
    tokens = Tokens([path])
    assert tokens.accept("Bearer first-0123456789")
    path.write_text("$plugin.token")
    assert not tokens.accept("Bearer $plugin.token")
    assert not tokens.accept("Bearer first-0123456789")


def test_a_token_is_in_no_repr(tmp_path):
    tokens = Tokens([write(tmp_path, "a", "first-secret-token")])
    tokens.accept("Bearer first-secret-token")
    assert "first-secret-token" not in repr(tokens) + str(tokens)


def test_a_rotation_between_the_readings_of_two_files_refuses_no_current_token(tmp_path, monkeypatch):
    """A regression: the first file was read before it got the new token, the second after it lost that token."""
    from sixfold_generator.plugin import tokens as module

    first, second = write(tmp_path, "a", "old-token-0123456"), tmp_path / "b"
    tokens = Tokens([first, second])
    assert tokens.accept("Bearer old-token-0123456")
    write(tmp_path, "b", "new-token-0123456")
    real, done = module._read, []

    def read(path):
        data = real(path)
        if path == first and not done:
            done.append(True)
            write(tmp_path, "a", "new-token-0123456")
            second.unlink()
        return data

    monkeypatch.setattr(module, "_read", read)
    assert tokens.accept("Bearer new-token-0123456")
    assert not tokens.accept("Bearer old-token-0123456")
