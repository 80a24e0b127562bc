import os


def data_dir(name):
    return os.path.join("data", name)


def log_dir(name):
    return os.path.join("log", name)
