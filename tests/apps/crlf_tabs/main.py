from flask import Flask

app = Flask(__name__)

@app.route("/")
def index():
	return "tabs and two-byte line ends"

@app.route("/list")
def items():
	text = ""
	for number in range(3):
		text += f"{number};"
	return text

if __name__ == '__main__':
	app.run(debug = True, threaded = True)
