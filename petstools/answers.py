"""draft, being written"""
