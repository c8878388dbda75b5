"""How nnU-Net finds the trainers of this package without a setting.

`nnunet_spine.pth` lies in site-packages and makes every interpreter start call `activate.activate`, which adds the
folder `ext` to nnU-Net's variable `nnUNet_extTrainer`. nnU-Net imports what lies there, a single module, and asks it
for the trainer by name; the module hands over the class from `nnunet_spine.trainers`.

Only the standard library is imported here: this runs whenever Python starts.
"""
