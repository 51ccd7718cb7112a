"""The command that prints the adopted state for `sixfold guard --against`."""

from __future__ import annotations

from sixfold_compiler.guard.adopted import AdoptedState
from sixfold_generator.adoption.export import main
from sixfold_generator.adoption.holdings import holdings
from tests.support.adopting import Case


def test_the_adopted_state_is_printed_as_the_guard_reads_it(tmp_path, capfdbinary):
    case = Case(tmp_path)
    case.commit()
    assert main([str(case.state)]) == 0
    printed = AdoptedState.parse(capfdbinary.readouterr().out)
    assert printed == AdoptedState(holdings(case.snapshot), case.snapshot.spent)
    assert printed.holdings


def test_a_folder_without_a_state_is_an_error_and_prints_nothing(tmp_path, capfd):
    assert main([str(tmp_path)]) == 1
    assert tuple(capfd.readouterr()) == ("", "the folder has no adopted state\n")


def test_a_damaged_state_is_an_error_and_prints_nothing(tmp_path, capfd):
    case = Case(tmp_path)
    case.commit()
    for path in case.state.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes()[:-20])
    assert main([str(case.state)]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("the adopted state is damaged: ")
