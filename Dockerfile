# The app as a public demo: docker build -t hwr . && docker run -p 8501:8501 hwr
# To train and keep what is yours: docker run -e HWR_READONLY=0 -p 127.0.0.1:8501:8501 hwr
FROM python:3.12-slim-bookworm

# Bytecode is not written, so that the folder stays as it is.
ENV HWR_READONLY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --create-home --uid 1000 hwr && install -d -o hwr -g hwr /home/hwr/app
WORKDIR /home/hwr/app

# First what changes seldom, so that it is built once. WHEELS may name an index of torch for processors alone: far smaller.
ARG WHEELS=""
COPY requirements.txt .
RUN pip install ${WHEELS:+--extra-index-url "$WHEELS"} -r requirements.txt

COPY --chown=hwr:hwr app.py ./
COPY --chown=hwr:hwr .streamlit .streamlit
COPY --chown=hwr:hwr pages pages
COPY --chown=hwr:hwr ui ui
COPY --chown=hwr:hwr hwr hwr
COPY --chown=hwr:hwr weights weights

USER hwr
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501"]
