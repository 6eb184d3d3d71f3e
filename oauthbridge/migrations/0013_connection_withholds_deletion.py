"""What the person withholds of a connection, and that one may end because nobody fetched its tokens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oauthbridge", "0012_sign_in_references"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="withholds_deletion",
            field=models.BooleanField(db_default=False, default=False, verbose_name="without deleting"),
        ),
        migrations.AlterField(
            model_name="connection",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("replaced", "the person connected again"),
                    ("client_revoked", "the client revoked its token"),
                    ("staff", "ended by staff"),
                    ("ops", "ended at the shell"),
                    ("token_refused", "the main app refused its token"),
                    ("code_replayed", "its authorization code was used twice"),
                    ("token_reused", "a spent refresh token was used again"),
                    ("idle", "not used for too long"),
                    ("expired", "reached its greatest age"),
                    ("not_redeemed", "the app never fetched its tokens"),
                    ("person", "ended by the person"),
                ],
                max_length=20,
                verbose_name="why it ended",
            ),
        ),
    ]
