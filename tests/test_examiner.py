"""The examiner: the same verdicts as in the student's own kernel, and no others."""

import pytest

pytestmark = pytest.mark.xdist_group("examiner")


def test_right_wrong_and_untouched(examinations):
    hw = examinations("hw")
    assert hw.desk.complaints == []
    assert hw.sit(hw.notebook()).points == 9
    wrong = hw.sit(hw.notebook(double="def double(x):\n    return x + 2"))
    assert wrong.points == 6
    assert wrong.cells["double-hidden"].message == "3 gives 6"
    assert hw.sit(hw.release).points == 0
