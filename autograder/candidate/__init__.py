"""The untrusted side of grading: everything that runs beside a student's code.

wire     what may cross to the examiner, and its form: data only
peer     questions and answers over the wire
worker   a notebook's cells in a real IPython shell, and answers for the examiner
outputs  what a cell shows, bounded
sandbox  the walls around it; landlock and seccomp, two that the kernel has on request
zygote   a warm parent that forks candidates
"""
