"""The untrusted side of grading: everything that runs beside a student's code.

wire     what may cross to the examiner, and its form: data only
peer     questions and answers over the wire
worker   a notebook's cells in a real IPython shell, and answers for the examiner
shell    the IPython shell as a notebook's kernel runs it
outputs  what a cell shows, bounded
kinds, copies, errors  values that cross in parts; in place; what an exception says
sandbox  the walls around it; landlock and seccomp, two that the kernel has on request
zygote   a warm parent that forks candidates
"""
