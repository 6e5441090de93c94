"""ps6-momentum: right answers in several styles, and the mistakes that must be named.

A mistake is written as the few characters in which it differs from a right answer.
"""

from autograder.questions.form import Misconception, Question, mistakes_in

SAME_ARRAY = "A second name for the same array is not a copy of it."
CALLERS_W = "w −= … changes the caller's array, w = w − … does not."
WHICH_V = "Which velocity moves w: the one before this step or the one after it?"
NO_RATE = "How long is the new part of the step? The rate has a say in it."
FIRST_W = "First the new w, then the new v, please."
OLD_V = "What is left of the old velocity?"

HEAVY_BALL = """
def momentum_step(w, v, grad, gamma, eta):
    v = eta * v + gamma * grad(w)
    w = w - v
    return w, v
"""


_ball = mistakes_in(HEAVY_BALL)


MOMENTUM = Question(
    name="heavy ball",
    cell="momentum-step",
    right=[
        HEAVY_BALL,
        """
def momentum_step(w, v, grad, gamma, eta):
    new_v = np.add(np.multiply(eta, v), np.multiply(gamma, grad(w)))
    return np.subtract(w, new_v), new_v
""",
        """
def momentum_step(w, v, grad, gamma, eta):
    g = grad(w)
    new_w, new_v = [], []
    for i in range(len(w)):
        new_v.append(eta * v[i] + gamma * g[i])
        new_w.append(w[i] - new_v[i])
    return new_w, new_v
""",
        """
def momentum_step(w, v, grad, gamma, eta):
    w, v = w.copy(), v.copy()
    v *= eta
    v += gamma * grad(w)
    w -= v
    return [w, v]
""",
        """
def momentum_step(w, v, grad, gamma, eta):
    keras_v = -eta * v - gamma * grad(w)
    return w + keras_v, -keras_v
""",
        """
def velocity(v, g, gamma, eta):
    return eta * v + gamma * g


def momentum_step(w, v, grad, gamma, eta):
    v = velocity(v, grad(w), gamma, eta)
    return np.array([wi - vi for wi, vi in zip(w, v)]), v
""",
    ],
    misconceptions=[
        Misconception(
            "moves by the old velocity",
            WHICH_V,
            """
def momentum_step(w, v, grad, gamma, eta):
    new_w = w - v
    new_v = eta * v + gamma * grad(w)
    return new_w, new_v
""",
        ),
        Misconception(
            "updates w before v",
            "The slope belongs to the w you were given. Which line comes first?",
            """
def momentum_step(w, v, grad, gamma, eta):
    w = w - v
    v = eta * v + gamma * grad(w)
    return w, v
""",
        ),
        Misconception(
            "v once more after w has moved",
            "Was the gradient in v taken at the old w, or at the new one?",
            """
def momentum_step(w, v, grad, gamma, eta):
    w = w - (eta * v + gamma * grad(w))
    v = eta * v + gamma * grad(w)
    return w, v
""",
        ),
        _ball("v before w", FIRST_W, "return w, v", "return v, w"),
        Misconception(
            "v is a second name for the caller's array",
            SAME_ARRAY,
            """
def momentum_step(w, v, grad, gamma, eta):
    u = v
    u *= eta
    u += gamma * grad(w)
    return w - u, u
""",
        ),
        _ball("changes the caller's w", CALLERS_W, "w = w - v", "w -= v"),
        _ball("g + v, without γ", NO_RATE, "gamma * grad(w)", "grad(w)"),
        _ball("v = g, forgets the old velocity", OLD_V, "eta * v + ", ""),
        _ball(
            "keeps all of the old velocity",
            "How much of the old velocity is kept: all of it?",
            "eta * v + ",
            "v + ",
        ),
        _ball("walks uphill", "Do you walk downhill or uphill?", "w = w - v", "w = w + v"),
        _ball(
            "exponential average",
            "That is an exponential average: on the slide nothing is multiplied by 1 − η.",
            "gamma * grad(w)",
            "(1 - eta) * gamma * grad(w)",
        ),
        Misconception(
            "PyTorch's form",
            "This is PyTorch's form: on the slide γ is inside the velocity.",
            """
def momentum_step(w, v, grad, gamma, eta):
    v = eta * v + grad(w)
    return w - gamma * v, v
""",
        ),
        Misconception(
            "Keras' sign",
            "This is Keras' sign: on the slide v is what is subtracted.",
            """
def momentum_step(w, v, grad, gamma, eta):
    v = eta * v - gamma * grad(w)
    return w + v, v
""",
        ),
        _ball(
            "looks ahead",
            "The heavy ball takes the slope where it is; looking ahead is question 2.",
            "grad(w)",
            "grad(w - eta * v)",
        ),
        Misconception(
            "remembers outside of v",
            "All memory has to be in v.",
            """
memory = {}


def momentum_step(w, v, grad, gamma, eta):
    memory["v"] = eta * memory.get("v", v) + gamma * grad(w)
    return w - memory["v"], memory["v"]
""",
        ),
    ],
)

LOOK_AHEAD = """
def nesterov_step(w, v, grad, gamma, eta):
    v = eta * v + gamma * grad(w - eta * v)
    w = w - v
    return w, v
"""


_ahead = mistakes_in(LOOK_AHEAD)


NESTEROV = Question(
    name="Nesterov",
    cell="nesterov-step",
    right=[
        LOOK_AHEAD,
        """
def nesterov_step(w, v, grad, gamma, eta):
    ahead = w - eta * v
    new_w = ahead - gamma * grad(ahead)
    return new_w, w - new_w
""",
        """
def nesterov_step(w, v, grad, gamma, eta):
    v = [eta * vi for vi in v]
    g = grad(np.array([wi - vi for wi, vi in zip(w, v)]))
    v = [vi + gamma * gi for vi, gi in zip(v, g)]
    return [wi - vi for wi, vi in zip(w, v)], v
""",
        """
def nesterov_step(w, v, grad, gamma, eta):
    v = v.copy()
    v *= eta
    v += gamma * grad(w - v)
    return w - v, v
""",
        """
def lookahead(w, v, eta):
    return w - eta * v


def nesterov_step(w, v, grad, gamma, eta):
    slope = grad(lookahead(w, v, eta))
    velocity = eta * v + gamma * slope
    return tuple([w - velocity, velocity])
""",
    ],
    misconceptions=[
        _ahead(
            "heavy ball again",
            "That is the heavy ball: where does the clever one take its slope?",
            "grad(w - eta * v)",
            "grad(w)",
        ),
        _ahead(
            "lookahead without η",
            "How far ahead do you look: will all of v be left when you get there?",
            "grad(w - eta * v)",
            "grad(w - v)",
        ),
        _ahead(
            "looks back",
            "You look back, to where the ball came from. Which sign does v have?",
            "grad(w - eta * v)",
            "grad(w + eta * v)",
        ),
        Misconception(
            "steps from the lookahead",
            "You look ahead with the gradient, but you step from where you are.",
            """
def nesterov_step(w, v, grad, gamma, eta):
    w = w - eta * v
    v = eta * v + gamma * grad(w)
    return w - v, v
""",
        ),
        Misconception(
            "moves by the old velocity",
            WHICH_V,
            """
def nesterov_step(w, v, grad, gamma, eta):
    new_v = eta * v + gamma * grad(w - eta * v)
    return w - v, new_v
""",
        ),
        Misconception(
            "v once more after w has moved",
            "Was v computed again after w had moved?",
            """
def nesterov_step(w, v, grad, gamma, eta):
    w = w - (eta * v + gamma * grad(w - eta * v))
    v = eta * v + gamma * grad(w - eta * v)
    return w, v
""",
        ),
        _ahead("v before w", FIRST_W, "return w, v", "return v, w"),
        _ahead("without γ", NO_RATE, "gamma * grad", "grad"),
        _ahead("forgets the old velocity", OLD_V, "v = eta * v + ", "v = "),
        _ahead(
            "exponential average",
            "That is an exponential average: nothing is multiplied by 1 − η.",
            "gamma * grad",
            "(1 - eta) * gamma * grad",
        ),
        Misconception(
            "v is a second name for the caller's array",
            SAME_ARRAY,
            """
def nesterov_step(w, v, grad, gamma, eta):
    v *= eta
    v += gamma * grad(w - v)
    return w - v, v
""",
        ),
        _ahead("changes the caller's w", CALLERS_W, "w = w - v\n", "w -= v\n"),
    ],
)

LOOP = """
def run(step, grads, w, gammas, eta):
    v, path = np.zeros_like(w), [w]
    for gamma in gammas:
        for grad in grads:
            w, v = step(w, v, grad, gamma, eta)
            path.append(w)
    return np.array(path)
"""


_loop = mistakes_in(LOOP)


RUN = Question(
    name="through the epochs",
    cell="run",
    right=[
        LOOP,
        """
def run(step, grads, w, gammas, eta):
    path = np.empty((1 + len(gammas) * len(grads), len(w)))
    path[0], v = w, np.zeros(len(w))
    for t in range(len(path) - 1):
        epoch, batch = divmod(t, len(grads))
        path[t + 1], v = step(path[t].copy(), v, grads[batch], gammas[epoch], eta)
    return path
""",
        """
def run(step, grads, w, gammas, eta):
    v = 0 * w
    path = [list(w)]
    for gamma in gammas:
        for i in range(len(grads)):
            w, v = step(w, v, grads[i], gamma, eta)
            path = path + [list(w)]
    return path
""",
        """
from itertools import product


def run(step, grads, w, gammas, eta):
    w, v = np.array(w, dtype=float), np.zeros(len(w))
    rows = [w.copy()]
    for gamma, grad in product(gammas, grads):
        w, v = step(w, v, grad, gamma, eta)
        rows.append(np.array(w))
    return np.vstack(rows)
""",
        """
def epoch(step, grads, w, v, gamma, eta):
    rows = []
    for grad in grads:
        w, v = step(w, v, grad, gamma, eta)
        rows.append(w)
    return rows, w, v


def run(step, grads, w, gammas, eta):
    path, v = [w], np.zeros_like(w)
    for gamma in gammas:
        rows, w, v = epoch(step, grads, w, v, gamma, eta)
        path += rows
    return np.stack(path)
""",
    ],
    misconceptions=[
        Misconception(
            "v reset each epoch",
            "Does the ball stop between epochs?",
            """
def run(step, grads, w, gammas, eta):
    path = [w]
    for gamma in gammas:
        v = np.zeros_like(w)
        for grad in grads:
            w, v = step(w, v, grad, gamma, eta)
            path.append(w)
    return np.array(path)
""",
        ),
        Misconception(
            "v reset each step",
            "Does the new v reach the next step?",
            LOOP.replace("w, v = step(", "w, _ = step("),
        ),
        _loop(
            "v starts at the gradient (v = g)",
            "At rest: what is v before any step?",
            "np.zeros_like(w)",
            "grads[0](w)",
        ),
        Misconception(
            "v is a second name for w",
            "The start changed: is v a second name for w?",
            LOOP.replace("    v, path = np.zeros_like(w), [w]", "    v, path = w, [w]\n    v *= 0"),
        ),
        _loop("forgets the start", "Row 0 of the path is the start.", "[w]", "[]"),
        Misconception(
            "stops a step early",
            "A row a step, and the start.",
            LOOP.replace("np.array(path)", "np.array(path[:-1])"),
        ),
        _loop(
            "a row an epoch",
            "A row a step, please, not a row an epoch.",
            "            path.append",
            "        path.append",
        ),
        _loop(
            "always the first rate",
            "Does the second epoch have its rate?",
            "grad, gamma, eta",
            "grad, gammas[0], eta",
        ),
        Misconception(
            "loops swapped",
            "Which loop is the outer one?",
            """
def run(step, grads, w, gammas, eta):
    v, path = np.zeros_like(w), [w]
    for grad in grads:
        for gamma in gammas:
            w, v = step(w, v, grad, gamma, eta)
            path.append(w)
    return np.array(path)
""",
        ),
        Misconception(
            "a rate a step",
            "gammas has a rate for each epoch, not for each step.",
            """
def run(step, grads, w, gammas, eta):
    v, path = np.zeros_like(w), [w]
    for gamma, grad in zip(gammas, grads):
        w, v = step(w, v, grad, gamma, eta)
        path.append(w)
    return np.array(path)
""",
        ),
        Misconception(
            "uses the rates up",
            "Read the rates, do not use them up.",
            """
def run(step, grads, w, gammas, eta):
    v, path = np.zeros_like(w), [w]
    while gammas:
        gamma = gammas.pop(0)
        for grad in grads:
            w, v = step(w, v, grad, gamma, eta)
            path.append(w)
    return np.array(path)
""",
        ),
    ],
)

PAIR = """
def best_pair(mu, L):
    kappa = L / mu
    gamma = (2 / (np.sqrt(L) + np.sqrt(mu))) ** 2
    eta = ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** 2
    return gamma, eta
"""


_pair = mistakes_in(PAIR)


BEST = Question(
    name="best pair",
    cell="best-pair",
    right=[
        PAIR,
        """
def best_pair(mu, L):
    a, b = np.sqrt(mu), np.sqrt(L)
    return 4 / (a + b) ** 2, ((b - a) / (b + a)) ** 2
""",
        """
import math


def best_pair(mu, L):
    root = math.sqrt(L / mu)
    eta = math.pow((root - 1) / (root + 1), 2)
    return 4 / (L + mu + 2 * math.sqrt(L * mu)), eta
""",
        """
def best_pair(mu, L):
    gamma = (2 / (L**0.5 + mu**0.5)) ** 2
    eta = (1 - (gamma * mu) ** 0.5) ** 2
    return [gamma, eta]
""",
        """
def rate(kappa):
    return (kappa - 1) / (kappa + 1)


def best_pair(mu, L):
    eta = rate(np.sqrt(L / mu)) ** 2
    return np.array([(1 + np.sqrt(eta)) ** 2 / L, eta])
""",
    ],
    misconceptions=[
        _pair(
            "κ for √κ",
            "Is this κ itself, where its root belongs?",
            "np.sqrt(kappa)",
            "kappa",
        ),
        _pair(
            "η not squared",
            "Is something still to be squared in η?",
            "(np.sqrt(kappa) + 1)) ** 2",
            "(np.sqrt(kappa) + 1))",
        ),
        _pair(
            "γ not squared",
            "Is something still to be squared in γ?",
            "(np.sqrt(L) + np.sqrt(mu))) ** 2",
            "(np.sqrt(L) + np.sqrt(mu)))",
        ),
        _pair(
            "γ of gradient descent",
            "That is the best γ without momentum.",
            "(2 / (np.sqrt(L) + np.sqrt(mu))) ** 2",
            "2 / (L + mu)",
        ),
        _pair(
            "curvatures for their roots",
            "Are these the curvatures themselves, where their roots belong?",
            "np.sqrt(L) + np.sqrt(mu)",
            "L + mu",
        ),
        _pair(
            "γ of Nesterov",
            "That is Nesterov's usual γ.",
            "(2 / (np.sqrt(L) + np.sqrt(mu))) ** 2",
            "1 / L",
        ),
        _pair(
            "takes μ for 1",
            "And is μ used in γ?",
            "np.sqrt(L) + np.sqrt(mu)",
            "np.sqrt(kappa) + 1",
        ),
        Misconception(
            "the rate without momentum for η",
            "That is the rate of descent without momentum.",
            """
def best_pair(mu, L):
    return (2 / (np.sqrt(L) + np.sqrt(mu))) ** 2, (L - mu) / (L + mu)
""",
        ),
    ],
)


def _pytorch(answer: str) -> str:
    return f"""
def to_pytorch(gamma, eta, v):
    return {answer}
"""


PYTORCH = Question(
    name="into PyTorch",
    cell="to-pytorch",
    right=[
        _pytorch("gamma, eta, v / gamma"),
        _pytorch("[gamma, eta, np.array(v) * (1 / gamma)]"),
        _pytorch("(gamma, eta, [vi / gamma for vi in v])"),
        """
def to_pytorch(gamma, eta, v):
    b = np.zeros(len(v))
    for i in range(len(v)):
        b[i] = v[i] / gamma
    return gamma, eta, b
""",
        """
def to_pytorch(gamma, eta, v):
    lr, momentum = float(gamma), float(eta)
    b = np.divide(v, lr)
    return lr, momentum, b
""",
    ],
    misconceptions=[
        Misconception(
            "v handed over as it is",
            "v holds steps, b holds gradients: which of the two has γ in it?",
            _pytorch("gamma, eta, v"),
        ),
        Misconception(
            "multiplies by γ",
            "Multiply or divide? b is the larger one here.",
            _pytorch("gamma, eta, gamma * v"),
        ),
        Misconception(
            "takes PyTorch's b for an average",
            "Nothing is averaged in PyTorch's form: where does 1 − η come from?",
            _pytorch("gamma, eta, (1 - eta) * v / gamma"),
        ),
        Misconception("forgets lr", "Return lr, momentum and b.", _pytorch("eta, v / gamma")),
        Misconception(
            "lr for an average",
            "How far does a fresh gradient move w, in each form?",
            _pytorch("gamma / (1 - eta), eta, v / gamma"),
        ),
        Misconception(
            "momentum as what is forgotten",
            "How much of the memory fades in a step?",
            _pytorch("gamma, 1 - eta, v / gamma"),
        ),
        Misconception(
            "knows the example only",
            "The first step after the change tells: compare lr · b with v.",
            _pytorch("gamma, eta, 8 * v"),
        ),
    ],
)


def _average(answer: str) -> str:
    return f"""
def to_average(gamma, eta, v):
    return {answer}
"""


AVERAGE = Question(
    name="into an exponential average",
    cell="to-average",
    right=[
        _average("gamma / (1 - eta), v * (1 - eta) / gamma"),
        _average("[gamma / (1 - eta), np.array([vi * (1 - eta) / gamma for vi in v])]"),
        """
def to_average(gamma, eta, v):
    a = gamma / (1 - eta)
    return a, v / a
""",
        """
def to_average(gamma, eta, v):
    lr, beta, b = to_pytorch(gamma, eta, v)
    return lr / (1 - beta), (1 - beta) * b
""",
        """
def to_average(gamma, eta, v):
    fresh = 1.0 - eta
    m = []
    for vi in v:
        m.append(vi / gamma * fresh)
    return (gamma / fresh, m)
""",
    ],
    misconceptions=[
        Misconception(
            "γ (1 − η)",
            "Its memory is smaller than the slides': must a be smaller too, or larger?",
            _average("gamma * (1 - eta), v * (1 - eta) / gamma"),
        ),
        Misconception(
            "keeps γ",
            "A fresh gradient enters m with a factor. What has a to undo?",
            _average("gamma, v / gamma"),
        ),
        Misconception(
            "divides by η",
            "Divided by η, or by what a fresh gradient is multiplied by?",
            _average("gamma / eta, v * eta / gamma"),
        ),
        Misconception(
            "v handed over as it is",
            "v holds steps, m holds gradients. a · m is the step: what is m then?",
            _average("gamma / (1 - eta), v"),
        ),
        Misconception(
            "hands over PyTorch's b",
            "That is PyTorch's b, a sum; m is an average.",
            _average("gamma / (1 - eta), v / gamma"),
        ),
        Misconception(
            "multiplies by a",
            "Multiply or divide? It is a · m that makes the step.",
            _average("gamma / (1 - eta), v * gamma / (1 - eta)"),
        ),
        Misconception(
            "divides by 1 − η twice",
            "a · m is the step: check it with your numbers.",
            _average("gamma / (1 - eta), v / gamma / (1 - eta)"),
        ),
        Misconception(
            "knows the example only",
            "compare a · m with v, and a fresh gradient in each.",
            _average("4 * gamma, v / gamma / 4"),
        ),
    ],
)

QUESTIONS = [MOMENTUM, NESTEROV, RUN, BEST, PYTORCH, AVERAGE]
