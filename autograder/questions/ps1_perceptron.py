"""ps1-perceptron: right answers in several styles, and the mistakes that must be named.

A mistake is written as the few characters in which it differs from a right answer.
"""

from autograder.questions.form import Misconception, Question, mistakes_in

TIE = "Is a score of exactly 0 above 0?"
BIAS_IN_SCORE = "Is b part of your score, and added?"
EVERY_ROW = "X holds many examples, one a row, and every row needs its own score."
VALUES = "The machine says 0 or 1: there is no −1 and no score in what it says."
CALLERS = "Work on a copy, or write w = w − v in place of w −= v."

PREDICT_CODE = """
def predict(w, b, X):
    return np.where(X @ w + b > 0, 1, 0)
"""


_predict = mistakes_in(PREDICT_CODE)


PREDICT = Question(
    name="predict",
    cell="predict",
    right=[
        """
def predict(w, b, X):
    return (X @ w + b > 0).astype(int)
""",
        """
def predict(w, b, X):
    return X @ w + b > 0
""",
        """
def predict(w, b, X):
    said = []
    for x in X:
        score = b
        for i in range(len(w)):
            score += w[i] * x[i]
        said.append(1 if score > 0 else 0)
    return said
""",
        """
def heaviside(score):
    return 1.0 if score > 0 else 0.0


def predict(w, b, X):
    return np.array([heaviside(np.dot(w, x) + b) for x in X])
""",
        """
def predict(w, b, X):
    y = np.zeros(len(X))
    y[np.dot(X, w) > -b] = 1
    return y
""",
        """
def predict(w, b, X):
    return tuple(int(np.sum(w * x) + b > 0) for x in X)
""",
    ],
    misconceptions=[
        _predict("says 1 on the line", TIE, "> 0", ">= 0"),
        _predict("labels ±1", VALUES, "1, 0)", "1, -1)"),
        _predict("gives the sign", VALUES, "np.where(X @ w + b > 0, 1, 0)", "np.sign(X @ w + b)"),
        _predict("gives the score", VALUES, "np.where(X @ w + b > 0, 1, 0)", "X @ w + b"),
        _predict("wrong side", "On which side of the line does the formula say 1?", "> 0", "< 0"),
        _predict("bias forgotten", BIAS_IN_SCORE, "+ b", ""),
        _predict("bias taken for a threshold", BIAS_IN_SCORE, "+ b > 0", "> b"),
        _predict(
            "one example at a time",
            EVERY_ROW,
            "np.where(X @ w + b > 0, 1, 0)",
            "1 if np.dot(w, X) + b > 0 else 0",
        ),
        _predict("w and X the wrong way round", EVERY_ROW, "X @ w", "w @ X"),
    ],
)

RIGHT_LEFT_ALONE = "Nothing may change where the machine was right."
RATE = "How far does one correction go? Look for α, in both formulas."

UPDATE_CODE = """
def update(w, b, x, d, alpha=1.0):
    y = 1 if x @ w + b > 0 else 0
    return w + alpha * (d - y) * x, b + alpha * (d - y)
"""


_update = mistakes_in(UPDATE_CODE)


UPDATE = Question(
    name="update",
    cell="update",
    right=[
        """
def update(w, b, x, d, alpha=1.0):
    error = d - predict(w, b, x[None, :])[0]
    return w + alpha * error * x, b + alpha * error
""",
        """
def update(w, b, x, d, alpha=1.0):
    w = w.copy()
    y = int(np.dot(w, x) + b > 0)
    for i in range(len(w)):
        w[i] += alpha * (d - y) * x[i]
    b += alpha * (d - y)
    return w, b
""",
        """
def update(w, b, x, d, alpha=1.0):
    y = w @ x + b > 0
    if y and d == 0:
        return w - alpha * x, b - alpha
    if not y and d == 1:
        return w + alpha * x, b + alpha
    return w, b
""",
        """
def update(w, b, x, d, alpha=1.0):
    y = 1 if sum(wi * xi for wi, xi in zip(w, x)) + b > 0 else 0
    new_w = [wi + alpha * (d - y) * xi for wi, xi in zip(w, x)]
    return [np.array(new_w), b + alpha * (d - y)]
""",
        """
def update(w, b, x, d, alpha=1.0):
    wb, x1 = np.append(w, b), np.append(x, 1.0)
    wb = wb + alpha * (d - float(wb @ x1 > 0)) * x1
    return wb[:-1], wb[-1]
""",
    ],
    misconceptions=[
        _update(
            "bias not updated",
            "The bias learns too: it is the weight of an input that is always 1.",
            "b + alpha * (d - y)",
            "b",
        ),
        _update(
            "b −= α (d − y)",
            "Does b move the same way as a weight whose input is 1?",
            "b + alpha * (d - y)",
            "b - alpha * (d - y)",
        ),
        _update(
            "y − d for d − y", "Which sign has d − y when a 1 was missed?", "(d - y)", "(y - d)"
        ),
        _update("says 1 on the line", TIE, "> 0", ">= 0"),
        _update(
            "verdicts ±1, targets 0 and 1",
            "What are the two values that y and d may have? There is no −1 among them.",
            "else 0",
            "else -1",
        ),
        _update("always updates", RIGHT_LEFT_ALONE, "(d - y)", "(2 * d - 1)"),
        _update("always updates by d", RIGHT_LEFT_ALONE, "(d - y)", "d"),
        _update(
            "false alarms not corrected",
            "A false alarm corrects the other way: which number in the formula takes care of that?",
            "(d - y)",
            "abs(d - y)",
        ),
        _update("no α", RATE, "alpha * ", ""),
        _update("no α for the bias", RATE, "b + alpha * ", "b + "),
        _update(
            "changes w in place",
            "w += … writes into the caller's array.",
            "    return",
            "    w += alpha * (d - y) * x\n    return w, b + alpha * (d - y)  #",
        ),
    ],
)

FIRST_SCORE = "w and b start at 0, so the first score is 0: what does the formula say then?"
GATES = "Does b learn, in the same direction as w? Without it the line cannot leave the origin."
WHOLE_EPOCH = "One pass is not enough: go on until a whole epoch is free of mistakes."
FROM_ZERO = (
    "Does each example meet the weights that the one before it left, and did they start at 0?"
)
EVERY_EPOCH = "XOR has a mistake in every epoch: go on for max_epochs epochs, and no longer."
COUNT = "Count every correction of every epoch, not the epochs."

TRAIN_CODE = """
def train(X, d, alpha=1.0, max_epochs=100):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = mistakes
        for x, target in zip(X, d):
            e = target - (1 if x @ w + b > 0 else 0)
            if e != 0:
                w, b, mistakes = w + alpha * e * x, b + alpha * e, mistakes + 1
        if mistakes == before:
            break
    return w, b, mistakes
"""


_train = mistakes_in(TRAIN_CODE)


TRAIN = Question(
    name="train",
    cell="train",
    right=[
        """
def train(X, d, alpha=1.0, max_epochs=100):
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for epoch in range(max_epochs):
        errors = 0
        for j in range(len(X)):
            if predict(w, b, X[j : j + 1])[0] != d[j]:
                w, b = update(w, b, X[j], d[j], alpha)
                errors += 1
        mistakes += errors
        if errors == 0:
            break
    return w, b, mistakes
""",
        """
def train(X, d, alpha=1.0, max_epochs=100):
    w, b, mistakes, epoch, done = np.zeros(X.shape[1]), 0.0, 0, 0, False
    while not done and epoch < max_epochs:
        done = True
        for x, target in zip(X, d):
            y = int(w @ x + b > 0)
            if y != target:
                w = w + alpha * (target - y) * x
                b = b + alpha * (target - y)
                mistakes, done = mistakes + 1, False
        epoch += 1
    return w, b, mistakes
""",
        """
def train(X, d, alpha=1.0, max_epochs=100):
    X1 = np.column_stack([X, np.ones(len(X))])
    wb, mistakes = np.zeros(X1.shape[1]), 0
    for _ in range(max_epochs):
        errors = 0
        for x, target in zip(X1, d):
            e = target - int(x @ wb > 0)
            wb += alpha * e * x
            errors += abs(e)
        mistakes += errors
        if not errors:
            break
    return wb[:-1], wb[-1], mistakes
""",
        """
def train(X, d, alpha=1.0, max_epochs=100):
    w, b, mistakes, quiet = np.zeros(X.shape[1]), 0.0, 0, 0
    for t in range(max_epochs * len(X)):
        x, target = X[t % len(X)], d[t % len(X)]
        y = 1 if np.dot(w, x) + b > 0 else 0
        quiet = quiet + 1 if y == target else 0
        if y != target:
            w, b, mistakes = w + alpha * (target - y) * x, b + alpha * (target - y), mistakes + 1
        if quiet == len(X):
            break
    return [w, b, mistakes]
""",
        """
def train(X, d, alpha=1.0, max_epochs=100):
    w, b, mistakes = [0.0] * len(X[0]), 0.0, 0
    for _ in range(max_epochs):
        for x, target in zip(X, d):
            y = 1 if sum(wi * xi for wi, xi in zip(w, x)) + b > 0 else 0
            if y < target:
                w, b, mistakes = [wi + alpha * xi for wi, xi in zip(w, x)], b + alpha, mistakes + 1
            elif y > target:
                w, b, mistakes = [wi - alpha * xi for wi, xi in zip(w, x)], b - alpha, mistakes + 1
    return w, b, mistakes
""",
    ],
    misconceptions=[
        _train("bias not updated", GATES, "b + alpha * e", "b"),
        _train("b −= α (d − y)", GATES, "b + alpha * e", "b - alpha * e"),
        _train("says 1 on the line", FIRST_SCORE, "> 0", ">= 0"),
        _train(
            "says 1 on the line where it looks for mistakes",
            FIRST_SCORE,
            "e != 0",
            "(x @ w + b >= 0) != target",
        ),
        Misconception(
            "says 1 on the line where it corrects",
            FIRST_SCORE,
            TRAIN_CODE.replace("> 0", ">= 0").replace("e != 0", "(x @ w + b > 0) != target"),
        ),
        _train("verdicts ±1, targets 0 and 1", FIRST_SCORE, "else 0)", "else -1)"),
        _train("starts from ones", FIRST_SCORE, "np.zeros", "np.ones"),
        _train("starts at random", FIRST_SCORE, "np.zeros", "np.random.default_rng(0).random"),
        _train(
            "ignores α",
            "Is every correction, of w and of b, multiplied by the α that was given?",
            "alpha * e",
            "e",
        ),
        _train("one epoch only", WHOLE_EPOCH, "range(max_epochs)", "range(1)"),
        _train(
            "stops at the first right answer",
            WHOLE_EPOCH,
            "            if e != 0:",
            "            if e == 0:\n                return w, b, mistakes\n            else:",
        ),
        _train(
            "never stops on XOR",
            "If this cell never ends, your loop does not count its epochs",
            "for _ in range(max_epochs):",
            "while True:",
        ),
        _train(
            "100 epochs whatever is asked",
            EVERY_EPOCH,
            "range(max_epochs)",
            "range(100)",
        ),
        Misconception(
            "takes weights that came back for weights at rest",
            EVERY_EPOCH,
            TRAIN_CODE.replace("= mistakes\n", "= (*w, b)\n").replace("mistakes ==", "(*w, b) =="),
        ),
        _train(
            "corrects after the epoch",
            FROM_ZERO,
            "zip(X, d):\n            e = target - (1 if x @ w + b > 0 else 0)",
            "zip(X, list(d - np.where(X @ w + b > 0, 1, 0))):\n            e = target",
        ),
        _train("counts epochs", COUNT, "return w, b, mistakes", "return w, b, _ + 1"),
        _train("counts the last epoch only", COUNT, "before = mistakes", "before = mistakes = 0"),
        _train(
            "turns d into ±1 in place",
            CALLERS,
            "    w, b, mistakes = np",
            "    d[d == 0] = -1\n    w, b, mistakes = np",
        ),
    ],
)

MISSING_ONE = "The bias counts as one more feature, always 1: what is the length of (x, 1) then?"
LENGTH = "γ is measured against the length of (w, b): is b in that length?"
WORST = (
    "R is the longest example, γ belongs to the example nearest to the line, "
    "and where d = 0 the score is negative on the right side."
)

BOUND_CODE = """
def mistake_bound(X, d, w, b):
    R = np.sqrt(np.sum(X**2, axis=1) + 1).max()
    s = 2 * d - 1
    gamma = np.min(s * (X @ w + b)) / np.sqrt(w @ w + b**2)
    return (R / gamma) ** 2
"""


_bound = mistakes_in(BOUND_CODE)


MISTAKE_BOUND = Question(
    name="mistake_bound",
    cell="mistake-bound",
    right=[
        """
def mistake_bound(X, d, w, b):
    s = np.where(d == 1, 1, -1)
    margins = s * (X @ w + b) / np.linalg.norm(np.append(w, b))
    lengths = np.linalg.norm(np.column_stack([X, np.ones(len(X))]), axis=1)
    return (np.max(lengths) / np.min(margins)) ** 2
""",
        """
def mistake_bound(X, d, w, b):
    R_squared = max(x @ x + 1 for x in X)
    gamma = min((1 if t == 1 else -1) * (x @ w + b) for x, t in zip(X, d))
    return R_squared * (w @ w + b * b) / gamma**2
""",
        """
def mistake_bound(X, d, w, b):
    R, gamma = 0.0, float("inf")
    length = sum(wi**2 for wi in w) + b**2
    for x, target in zip(X, d):
        R = max(R, (1 + sum(xi**2 for xi in x)) ** 0.5)
        score = sum(wi * xi for wi, xi in zip(w, x)) + b
        if target == 0:
            score = -score
        gamma = min(gamma, score / length**0.5)
    return (R / gamma) ** 2
""",
        """
def mistake_bound(X, d, w, b):
    Z = np.hstack([X, np.ones((len(X), 1))]) * (2 * d[:, None] - 1)
    u = np.append(w, b) / np.hypot(np.linalg.norm(w), b)
    return np.array([(Z**2).sum(axis=1).max() / (Z @ u).min() ** 2]).item()
""",
        """
def mistake_bound(X, d, w, b):
    gamma = np.min(np.abs(X @ w + b)) / np.sqrt(w @ w + b**2)
    return np.max(np.einsum("ji,ji->j", X, X) + 1) / gamma**2
""",
    ],
    misconceptions=[
        _bound("R without the bias", MISSING_ONE, "axis=1) + 1", "axis=1)"),
        _bound("‖w‖ without b", LENGTH, "w @ w + b**2", "w @ w"),
        _bound("not squared", "Is the quotient squared in the end?", " ** 2\n", "\n"),
        _bound("margin of the best example", WORST, "np.min", "np.max"),
        _bound("mean margin", WORST, "np.min", "np.mean"),
        _bound("mean length", WORST, ".max()", ".mean()"),
        _bound(
            "margin not divided", "Is γ divided by ‖(w, b)‖?", " / np.sqrt(w @ w + b**2)", " / 5"
        ),
        _bound("s left out", WORST, "s * (X", "(X"),
        _bound("d for s", WORST, "2 * d - 1", "d"),
    ],
)

VERDICTS = "Several machines say 1 here: compare their scores, not their verdicts."
QUESTION = "Machine k learns one question: is it letter k, yes (1) or no (0)?"

REST_CODE = """
def one_vs_rest(train, X, labels, X_new):
    scores = []
    for k in range(max(labels) + 1):
        w, b, _ = train(X, np.where(labels == k, 1, 0))
        scores.append(X_new @ w + b)
    return np.argmax(scores, axis=0)
"""


_rest = mistakes_in(REST_CODE)


ONE_VS_REST = Question(
    name="one_vs_rest",
    cell="one-vs-rest",
    right=[
        """
def one_vs_rest(train, X, labels, X_new):
    machines = [train(X, (labels == k).astype(int)) for k in np.unique(labels)]
    W = np.array([w for w, b, m in machines])
    b = np.array([b for w, b, m in machines])
    return (X_new @ W.T + b).argmax(axis=1)
""",
        """
def one_vs_rest(train, X, labels, X_new):
    K = len(set(labels))
    W, b = np.zeros((K, X.shape[1])), np.zeros(K)
    for k in range(K):
        W[k], b[k], _ = train(X, np.array([1 if label == k else 0 for label in labels]))
    return [int(np.argmax(W @ x + b)) for x in X_new]
""",
        """
def one_vs_rest(train, X, labels, X_new):
    best, winner = np.full(len(X_new), -np.inf), np.zeros(len(X_new), dtype=int)
    for k in sorted(set(labels)):
        result = train(X, 1 * (labels == k))
        score = X_new @ result[0] + result[1]
        winner[score > best], best = k, np.maximum(best, score)
    return winner
""",
        """
def one_vs_rest(train, X, labels, X_new):
    machines = []
    for k in reversed(range(int(np.max(labels)) + 1)):
        w, b, mistakes = train(X, labels == k)
        machines.insert(0, (w, b))
    answer = []
    for x in X_new:
        scores = [np.dot(w, x) + b for w, b in machines]
        answer.append(scores.index(max(scores)))
    return np.array(answer)
""",
        """
def one_vs_rest(train, X, labels, X_new):
    def machine(k):
        w, b, _ = train(X, [int(label == k) for label in labels])
        return lambda x: sum(wi * xi for wi, xi in zip(w, x)) + b

    machines = {k: machine(k) for k in range(max(labels) + 1)}
    return tuple(max(machines, key=lambda k: machines[k](x)) for x in X_new)
""",
    ],
    misconceptions=[
        _rest("compares verdicts", VERDICTS, "X_new @ w + b", "np.where(X_new @ w + b > 0, 1, 0)"),
        _rest("bias forgotten", "Is b part of each machine's score?", "@ w + b", "@ w"),
        _rest("teaches the labels", QUESTION, "np.where(labels == k, 1, 0)", "labels"),
        _rest("teaches ±1", QUESTION, "1, 0)", "1, -1)"),
        _rest("teaches the opposite", QUESTION, "1, 0)", "0, 1)"),
        _rest("forgets the last letter", QUESTION, "max(labels) + 1", "max(labels)"),
        _rest(
            "best picture for each machine",
            "Choose among the machines for each picture, not among the pictures for each machine.",
            "axis=0",
            "axis=1",
        ),
    ],
)

QUESTIONS = [PREDICT, UPDATE, TRAIN, MISTAKE_BOUND, ONE_VS_REST]
