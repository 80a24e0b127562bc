class Config:
    TITLE = "Rowing club"
    DEBUG = True
    MAX_CONTENT_LENGTH = 1024 * 1024
