"""Cron schedules that Kubernetes accepts, and the field that it does not accept."""

from __future__ import annotations

import pytest

from sixfold_compiler.kubernetes.cron import cron_problem


@pytest.mark.parametrize(
    "text",
    ["* * * * *", "*/5 0-23 1,15 JAN-dec mon-fri", "0 0 31 2 *", "@daily", "? ? ? ? ?", "5/10 * * * 0", "1,,3 * * * *", "59 23 31 12 6"],
)  # fmt: skip
def test_a_schedule_that_kubernetes_accepts(text) -> None:
    assert cron_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("60 * * * *", "the minute '60'"),
        ("* 24 * * *", "the hour '24'"),
        ("* * 0 * *", "the day '0'"),
        ("* * * 13 *", "the month '13'"),
        ("* * * foo *", "the month 'foo'"),
        ("* * * * 7", "the weekday '7'"),
        ("* * * * fri-mon", "the weekday 'fri-mon'"),
        ("*/0 * * * *", "the minute '*/0'"),
        ("50-10 * * * *", "the minute '50-10'"),
        (", * * * *", "the minute ','"),
        ("* * * *", "the number of fields"),
        ("* * * * * *", "the number of fields"),
        ("@reboot", "the number of fields"),
        ("@every 1s", "the number of fields"),
        ("\u0661 * * * *", "the minute '\u0661'"),
        ("*-5 * * * *", "the minute '*-5'"),
    ],
)
def test_a_schedule_that_kubernetes_rejects(text, problem) -> None:
    assert cron_problem(text) == problem
