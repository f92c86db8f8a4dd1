"""What an operator needs: the manifest, the doctor."""
