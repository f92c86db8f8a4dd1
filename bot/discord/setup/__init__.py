"""What an operator needs: the doctor, the rights to grant."""
