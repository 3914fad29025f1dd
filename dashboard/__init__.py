"""The Streamlit program: router, sign-in, shared widgets and charts."""
