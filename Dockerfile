# One image for every process; the command chooses which (see deploy/compose.yml).
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1
RUN useradd --uid 10001 --create-home meatlab
WORKDIR /app

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .

USER meatlab
EXPOSE 8000 8501
CMD ["python", "-m", "streamlit", "run", "dashboard/asgi.py", "--server.address", "0.0.0.0"]
