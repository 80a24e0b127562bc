import logging
import logging.config

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    app.logger.info("page")
    return logging.getLevelName(logging.getLogger().level)


if __name__ == "__main__":
    logging.config.dictConfig(
        {
            "version": 1,
            "handlers": {"console": {"class": "logging.StreamHandler"}},
            "root": {"level": "INFO", "handlers": ["console"]},
        }
    )
    app.run(debug=True)
