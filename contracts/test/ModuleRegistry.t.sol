// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ModuleRegistry} from "../src/ModuleRegistry.sol";
import {IModuleRegistry} from "../src/interfaces/IModuleRegistry.sol";
import {Test} from "./base/Test.sol";

/// @title Names of modules: every call in every state of a name, by its owner and by a stranger; texts at their bounds; pages.
contract ModuleRegistryTest is Test {
    address private constant OWNER = address(0xA11CE);
    address private constant STRANGER = address(0xB0B);
    bytes32 private constant DIGEST = keccak256("folder");
    string private constant NAME = "cow";

    ModuleRegistry private registry;

    function setUp() public {
        registry = new ModuleRegistry();
    }

    // ---- state of the name x caller

    function test_publish_takesAFreeName() public {
        vm.expectEmit(address(registry));
        emit IModuleRegistry.Published(keccak256(bytes(NAME)), OWNER, NAME, "1.0.0", DIGEST);
        _publish(OWNER, "1.0.0");
        assertEq(registry.ownerOf(NAME), OWNER, "owner");
        IModuleRegistry.Version memory v = registry.find(NAME, "1.0.0");
        assertEq(v.digest, DIGEST, "digest");
        assertEq(v.account, OWNER, "account");
        assertEq(uint256(v.publishedAt), block.timestamp, "time");
        assertTrue(!v.yanked, "not yanked");
        assertEq(keccak256(bytes(v.description)), keccak256("A cow."), "description");
        assertEq(keccak256(bytes(v.licence)), keccak256("MIT"), "licence");
    }

    function test_publish_failsIfNotOwner(address caller) public {
        vm.assume(caller != OWNER);
        _publish(OWNER, "1.0.0");
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.NotNameOwner.selector, NAME, OWNER, caller));
        _publish(caller, "1.0.1");
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.NotNameOwner.selector, NAME, OWNER, caller));
        _publish(caller, "1.0.0");
    }

    function test_publish_failsIfVersionExists() public {
        _publish(OWNER, "1.0.0");
        bytes memory exists = abi.encodeWithSelector(IModuleRegistry.VersionExists.selector, NAME, "1.0.0", DIGEST);
        vm.expectRevert(exists);
        _publish(OWNER, "1.0.0");
        vm.prank(OWNER);
        registry.setYanked(NAME, "1.0.0", true);
        vm.expectRevert(exists);
        _publish(OWNER, "1.0.0");
        assertEq(registry.versionCount(NAME), 1, "versions");
    }

    function test_setYanked_byOwner() public {
        _publish(OWNER, "1.0.0");
        vm.expectEmit(address(registry));
        emit IModuleRegistry.Yanked(keccak256(bytes(NAME)), NAME, "1.0.0", true);
        vm.prank(OWNER);
        registry.setYanked(NAME, "1.0.0", true);
        assertTrue(registry.find(NAME, "1.0.0").yanked, "yanked");
        assertEq(registry.find(NAME, "1.0.0").digest, DIGEST, "still there");
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.YankUnchanged.selector, NAME, "1.0.0", true));
        vm.prank(OWNER);
        registry.setYanked(NAME, "1.0.0", true);
        vm.prank(OWNER);
        registry.setYanked(NAME, "1.0.0", false);
        assertTrue(!registry.find(NAME, "1.0.0").yanked, "not yanked");
    }

    function test_setYanked_failsIfUnknownOrNotOwner() public {
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.VersionUnknown.selector, NAME, "1.0.0"));
        vm.prank(OWNER);
        registry.setYanked(NAME, "1.0.0", true);
        _publish(OWNER, "1.0.0");
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.VersionUnknown.selector, NAME, "2.0.0"));
        vm.prank(OWNER);
        registry.setYanked(NAME, "2.0.0", true);
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.NotNameOwner.selector, NAME, OWNER, STRANGER));
        vm.prank(STRANGER);
        registry.setYanked(NAME, "1.0.0", true);
    }

    // ---- texts

    function test_publish_failsIfTextIsOutOfBounds() public {
        _refusedLength(0, 0, 1, 64, "", "1", "", "");
        _refusedLength(0, 65, 1, 64, _text(65), "1", "", "");
        _refusedLength(1, 0, 1, 32, NAME, "", "", "");
        _refusedLength(1, 33, 1, 32, NAME, _text(33), "", "");
        _refusedLength(2, 201, 0, 200, NAME, "1", _text(201), "");
        _refusedLength(3, 65, 0, 64, NAME, "1", "", _text(65));
        vm.expectRevert(IModuleRegistry.NoDigest.selector);
        registry.publish(NAME, "1", bytes32(0), "", "");
        registry.publish(_text(64), _text(32), DIGEST, _text(200), _text(64));
    }

    function testFuzz_publish_takesFewCharacters(uint8 c, uint256 place, bool inVersion) public {
        place = place % 3;
        bytes memory word = bytes("aaa");
        word[place] = bytes1(c);
        bool isPlain = (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || (inVersion && c >= 0x41 && c <= 0x5a)
            || (place > 0 && (c == 0x2d || c == 0x2e || (c == 0x5f && !inVersion)));
        if (!isPlain) {
            vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.BadCharacter.selector, inVersion ? 1 : 0, place));
        }
        registry.publish(inVersion ? NAME : string(word), inVersion ? string(word) : "1", DIGEST, "", "");
    }

    function testFuzz_publish_takesNoControlCharacters(uint8 c, bool inLicence) public {
        string memory text = string(abi.encodePacked("a", bytes1(c)));
        if (c < 0x20 || c == 0x7f) {
            vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.BadCharacter.selector, inLicence ? 3 : 2, 1));
        }
        registry.publish(NAME, "1", DIGEST, inLicence ? "" : text, inLicence ? text : "");
    }

    // ---- pages

    function testFuzz_pages_haveEachOnce(uint256 names, uint256 from, uint256 count) public {
        names = names % 60;
        from = from % 70;
        count = count % 70;
        for (uint256 i = 0; i < names; ++i) {
            registry.publish(vm.toString(i), "1", DIGEST, "", "");
        }
        IModuleRegistry.Name[] memory page = registry.namesFrom(from, count);
        uint256 left = from < names ? names - from : 0;
        uint256 expected = left < count ? left : count;
        assertEq(page.length, expected < 50 ? expected : 50, "length");
        for (uint256 i = 0; i < page.length; ++i) {
            assertEq(keccak256(bytes(page[i].name)), keccak256(bytes(vm.toString(from + i))), "name");
        }
        assertEq(registry.nameCount(), names, "names");
    }

    function test_namesFrom_showsTheNewestThatIsNotYanked() public {
        for (uint256 i = 0; i < 20; ++i) {
            _publish(OWNER, vm.toString(i));
        }
        assertEq(_newest(), keccak256("19"), "the last");
        for (uint256 i = 19; i > 3; --i) {
            vm.prank(OWNER);
            registry.setYanked(NAME, vm.toString(i), true);
            assertEq(_newest(), i > 4 ? keccak256(bytes(vm.toString(i - 1))) : keccak256("19"), "the next");
        }
        IModuleRegistry.Version[] memory page = registry.versionsFrom(NAME, 18, 50);
        assertEq(page.length, 2, "versions");
        assertEq(keccak256(bytes(page[1].version)), keccak256("19"), "in order");
        assertEq(registry.versionsFrom("none", 0, 50).length, 0, "none");
        assertEq(registry.find(NAME, "20").account, address(0), "no such version");
    }

    function _newest() private view returns (bytes32 versionHash) {
        return keccak256(bytes(registry.namesFrom(0, 1)[0].newest.version));
    }

    function _publish(address caller, string memory version) private {
        vm.prank(caller);
        registry.publish(NAME, version, DIGEST, "A cow.", "MIT");
    }

    function _refusedLength(
        uint256 field,
        uint256 length,
        uint256 min,
        uint256 max,
        string memory name,
        string memory version,
        string memory description,
        string memory licence
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IModuleRegistry.BadLength.selector, field, length, min, max));
        registry.publish(name, version, DIGEST, description, licence);
    }

    function _text(uint256 length) private pure returns (string memory text) {
        bytes memory made = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            made[i] = "x";
        }
        return string(made);
    }
}

/// @title Gas as whole transactions on cold storage, and the code size.
/// forge-config: default.isolate = true
contract GasModuleRegistryTest is Test {
    string private constant GROUP = "ModuleRegistry";

    function test_gas() public {
        ModuleRegistry registry = new ModuleRegistry();
        registry.publish("cow", "1.0.0", keccak256("1"), "What a cow says, in letters.", "MIT");
        vm.snapshotGasLastCall(GROUP, "publish, a new name");
        registry.publish("cow", "1.0.1", keccak256("2"), "What a cow says, in letters.", "MIT");
        vm.snapshotGasLastCall(GROUP, "publish, another version");
        registry.setYanked("cow", "1.0.0", true);
        vm.snapshotGasLastCall(GROUP, "yank");
        vm.snapshotValue("size", "ModuleRegistry, bytes of 24576", address(registry).code.length);
    }
}
